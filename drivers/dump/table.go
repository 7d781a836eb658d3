package dump

import (
	"slices"
	"strings"
)

// column is a column of a table: how it compares is in its type, and key says that it is the row's number.
type column struct {
	name, kind string
	key        bool
}

// rest are the words that end the type of a column, and rules those that begin what is no column.
var (
	rest  = []string{"CONSTRAINT", "PRIMARY", "NOT", "NULL", "UNIQUE", "CHECK", "DEFAULT", "COLLATE", "REFERENCES", "GENERATED", "AS"}
	rules = []string{"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"}
)

// tableColumns reads on after CREATE TABLE: the table's name, and its columns in brackets. What rows must satisfy is passed:
// they did when the dump was made, and without it they are loaded in half the time.
func (p *parser) tableColumns() (string, []column, error) {
	t, err := p.take()
	if err == nil && t.is("IF") {
		if err = p.expect("NOT"); err == nil {
			err = p.expect("EXISTS")
		}
		if err == nil {
			t, err = p.take()
		}
	}
	if err == nil && t.kind != tokenWord && t.kind != tokenName {
		err = p.unexpected(t, "a name")
	}
	if err == nil {
		err = p.expect("(")
	}
	var columns []column
	for more := true; more && err == nil; {
		var item []token
		if item, more, err = p.item(); err == nil && len(item) > 0 && !isWord(item[0], rules) {
			columns = append(columns, columnOf(item))
		}
	}
	if err == nil && len(columns) == 0 {
		err = faultAt(t.line, "a table without columns")
	}
	if err != nil {
		return "", nil, err
	}
	return t.text, columns, p.pass()
}

// item reads up to the next comma or the closing bracket, and says whether it was a comma. Brackets within it belong to it.
func (p *parser) item() (item []token, more bool, err error) {
	depth := 0
	for {
		t, err := p.take()
		switch {
		case err != nil:
			return nil, false, err
		case t.is(";"):
			return nil, false, p.unexpected(t, "a closing bracket")
		case t.is("("):
			depth++
		case t.is(")") && depth > 0:
			depth--
		case t.is(")"), t.is(",") && depth == 0:
			return item, t.is(","), nil
		}
		item = append(item, t)
	}
}

func columnOf(item []token) column {
	c := column{name: item[0].text}
	words := item[1:]
	end := slices.IndexFunc(words, func(t token) bool { return t.kind != tokenWord || isWord(t, rest) })
	if end < 0 {
		end = len(words)
	}
	for _, t := range words[:end] {
		c.kind += " " + t.text
	}
	c.kind = strings.TrimSpace(c.kind)
	c.key = strings.EqualFold(c.kind, "INTEGER") && len(words) > end+1 && words[end].is("PRIMARY") && words[end+1].is("KEY")
	return c
}

// isWord reports whether the token is one of the words, which are in upper case.
func isWord(t token, words []string) bool {
	return t.kind == tokenWord && slices.Contains(words, strings.ToUpper(t.text))
}

// definition is the statement that makes a table of the columns.
func definition(table string, columns []column) string {
	parts := make([]string, len(columns))
	for i, c := range columns {
		parts[i] = quoted(c.name) + " " + c.kind
		if c.key {
			parts[i] += " PRIMARY KEY" // joins find rows by it
		}
	}
	return "CREATE TABLE " + quoted(table) + " (" + strings.Join(parts, ", ") + ")"
}

// quoted writes the name of a table or column.
func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
