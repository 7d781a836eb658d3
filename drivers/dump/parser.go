package dump

import (
	"context"
	"errors"
	"strings"
)

// parser takes a file apart, statement by statement.
type parser struct {
	lex  *lexer
	into *loader
	// within reports that a dump has begun and not ended, seen that there was one.
	within, seen bool
}

// parse reads the whole file into the loader.
func (p *parser) parse(ctx context.Context) error {
	for {
		t, err := p.lex.next()
		switch {
		case err != nil:
			return err
		case t.kind == tokenEnd && p.within:
			return faultAt(t.line, "the file ends without COMMIT, which is the last line of a dump: it was cut off")
		case t.kind == tokenEnd && !p.seen:
			return faultAt(t.line, "the file has no statement in it")
		case t.kind == tokenEnd:
			return nil
		case t.is(";"):
			continue
		}
		if err := p.statement(ctx, t); err != nil {
			return err
		}
	}
}

// statement reads on from the first word.
func (p *parser) statement(ctx context.Context, t token) error {
	switch {
	case t.is("PRAGMA"), t.is("ANALYZE"):
		return p.pass()
	case t.is("BEGIN"):
		if p.within {
			return faultAt(t.line, "a dump begins within another one")
		}
		return errors.Join(p.begin(ctx, t.line), p.pass())
	case t.is("COMMIT"), t.is("END"):
		if !p.within {
			return faultAt(t.line, "COMMIT without a beginning")
		}
		p.within = false
		return errors.Join(p.pass(), p.into.commit())
	case t.is("ROLLBACK"):
		return faultAt(t.line, "ROLLBACK: the server could not finish this dump")
	case t.is("CREATE"):
		return p.create(ctx, t)
	case t.is("INSERT"):
		return p.insert(ctx, t)
	case t.is("DELETE"):
		return p.remove(t)
	case !p.seen:
		return faultAt(t.line, "this is not what a dump begins with, PRAGMA or BEGIN TRANSACTION")
	}
	return faultAt(t.line, "a statement that no dump has")
}

func (p *parser) begin(ctx context.Context, line int) error {
	p.within, p.seen = true, true
	return at(line, p.into.begin(ctx))
}

// opened begins a dump that has no BEGIN of its own.
func (p *parser) opened(ctx context.Context, line int) error {
	if p.within {
		return nil
	}
	return p.begin(ctx, line)
}

// create makes a table, and passes indexes, views and triggers: nothing that is read needs them.
func (p *parser) create(ctx context.Context, t token) error {
	if err := p.opened(ctx, t.line); err != nil {
		return err
	}
	what, err := p.take()
	switch {
	case err != nil:
		return err
	case what.is("INDEX"), what.is("UNIQUE"), what.is("VIEW"):
		return p.pass()
	case what.is("TRIGGER"):
		return p.passTrigger()
	case !what.is("TABLE"):
		return faultAt(t.line, "a CREATE that no dump has")
	}
	name, columns, err := p.tableColumns()
	if err != nil {
		return err
	}
	return at(t.line, p.into.table(ctx, name, columns))
}

// insert reads INSERT INTO table(columns) VALUES(...),(...); the columns may be left out.
func (p *parser) insert(ctx context.Context, t token) error {
	if err := errors.Join(p.opened(ctx, t.line), p.expect("INTO")); err != nil {
		return err
	}
	table, err := p.name()
	if err != nil {
		return err
	}
	if strings.HasPrefix(table, "sqlite_") {
		return p.pass() // what SQLite notes for itself
	}
	columns, err := p.columns()
	if err != nil {
		return err
	}
	for {
		values, err := p.values()
		if err != nil {
			return err
		}
		if err := at(t.line, p.into.row(ctx, table, columns, values)); err != nil {
			return err
		}
		end, err := p.take()
		switch {
		case err != nil:
			return err
		case end.is(";"):
			return nil
		case !end.is(","):
			return p.unexpected(end, "the end of the row")
		}
	}
}

func (p *parser) columns() ([]string, error) {
	t, err := p.take()
	if err != nil {
		return nil, err
	}
	var out []string
	if t.is("(") {
		for more := true; more; {
			column, err := p.name()
			if err != nil {
				return nil, err
			}
			out = append(out, column)
			if more, err = p.more(); err != nil {
				return nil, err
			}
		}
		if t, err = p.take(); err != nil {
			return nil, err
		}
	}
	if !t.is("VALUES") {
		return nil, p.unexpected(t, "VALUES")
	}
	return out, nil
}

func (p *parser) values() ([]any, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	var out []any
	for {
		value, err := p.value(0)
		if err != nil {
			return nil, err
		}
		out = append(out, value)
		if more, err := p.more(); err != nil || !more {
			return out, err
		}
	}
}

// remove passes the only DELETE that a dump has, that of SQLite's own counters.
func (p *parser) remove(t token) error {
	if err := p.expect("FROM"); err != nil {
		return err
	}
	table, err := p.name()
	if err != nil {
		return err
	}
	if !strings.HasPrefix(table, "sqlite_") {
		return faultAt(t.line, "a DELETE that no dump has")
	}
	return p.pass()
}

// pass passes the rest of the statement.
func (p *parser) pass() error {
	for {
		if t, err := p.take(); err != nil || t.is(";") {
			return err
		}
	}
}

// passTrigger passes a trigger, whose own statements end with semicolons: its end is END after one of them.
func (p *parser) passTrigger() error {
	var last, before token
	for {
		t, err := p.take()
		if err != nil || t.is(";") && last.is("END") && before.is(";") {
			return err
		}
		before, last = last, t
	}
}

// more reports whether a comma follows, rather than the closing bracket.
func (p *parser) more() (bool, error) {
	t, err := p.take()
	if err == nil && !t.is(",") && !t.is(")") {
		err = p.unexpected(t, "a comma or a bracket")
	}
	return t.is(","), err
}

func (p *parser) name() (string, error) {
	t, err := p.take()
	if err == nil && t.kind != tokenWord && t.kind != tokenName {
		err = p.unexpected(t, "a name")
	}
	return t.text, err
}

func (p *parser) expect(text string) error {
	t, err := p.take()
	if err == nil && !t.is(text) {
		err = p.unexpected(t, text)
	}
	return err
}

// take returns the next token of a statement, which does not end before its semicolon.
func (p *parser) take() (token, error) {
	t, err := p.lex.next()
	if err == nil && t.kind == tokenEnd {
		err = faultAt(t.line, "the file ends in the middle of a statement: it was cut off")
	}
	return t, err
}

// unexpected says what should have been there. It does not say what is: that may be a secret.
func (p *parser) unexpected(t token, wanted string) error {
	return faultAt(t.line, "%s should be here, and something else is", wanted)
}

// at puts the line before an error that has none.
func at(line int, err error) error {
	var f *fault
	if err == nil || errors.As(err, &f) {
		return err
	}
	return &fault{line: line, text: err.Error()}
}
