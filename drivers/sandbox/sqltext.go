package sandbox

import (
	"database/sql"
	"fmt"
	"strings"
)

// sqlText gives a database as the SQL that makes it, which is what `lxd sql global .dump` prints.
func sqlText(c *call) (reply, error) {
	c.world.mu.Lock()
	defer c.world.mu.Unlock()
	db, err := c.database(c.query("database"))
	if err != nil {
		return reply{}, err
	}
	var out strings.Builder
	out.WriteString("PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n")
	err = view(c.Context(), db, func(t *tx) error {
		made := t.rows("SELECT type, name, sql FROM sqlite_master WHERE sql != '' ORDER BY name = 'sqlite_sequence', rowid")
		for _, row := range made {
			kind, name, statement := row[0], row[1], row[2]
			if name == "sqlite_sequence" {
				statement = "DELETE FROM sqlite_sequence"
			}
			fmt.Fprintf(&out, "%s;\n", statement)
			if kind == "table" && t.err == nil {
				if err := sqlRows(t, &out, name); err != nil {
					return err
				}
			}
		}
		return nil
	})
	out.WriteString("COMMIT;\n")
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"text": out.String()})
}

// sqlRows writes the rows of a table as LXD does (lxd 5.0.2: a text with line feeds as replace(...), and one that has
// \n in it besides cannot be told from that any more).
func sqlRows(t *tx, out *strings.Builder, table string) error {
	rows, err := t.sql.QueryContext(t.ctx, `SELECT * FROM "`+table+`"`)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.ColumnTypes()
	if err != nil {
		return err
	}
	return scan(rows, len(columns), func(values []sql.RawBytes) {
		texts := make([]string, len(columns))
		for i, v := range values {
			texts[i] = literal(v, columns[i].DatabaseTypeName() == "INTEGER")
		}
		fmt.Fprintf(out, "INSERT INTO %s VALUES(%s);\n", table, strings.Join(texts, ","))
	})
}

func literal(value sql.RawBytes, number bool) string {
	text := strings.ReplaceAll(string(value), "'", "''")
	switch {
	case value == nil:
		return "NULL"
	case number:
		return text
	case strings.Contains(text, "\n"):
		return "replace('" + strings.ReplaceAll(text, "\n", `\n`) + `','\n',char(10))`
	}
	return "'" + text + "'"
}
