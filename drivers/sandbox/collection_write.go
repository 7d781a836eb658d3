package sandbox

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
)

func (k kind) blank(before stored) stored {
	out := stored{fields: map[string]json.RawMessage{}, whole: k.Say("config") == "whole"}
	for _, field := range strings.Fields(k.Say("keeps")) {
		out.fields[field] = before.fields[field]
	}
	return out
}

// refused is what the database has against a call.
func (k kind) refused(c *call, when string, id int64) error {
	for _, query := range k.Refusals(when) {
		if text, _ := c.tx.text(query, k.asking(c, query, id, c.params["name"])...); text != "" {
			return refusal(text)
		}
	}
	return c.tx.err
}

func (k kind) made(c *call, body stored) error {
	c.complete(body)
	return k.store(c, stored{}, body)
}

func (k kind) remade(c *call, before, body stored) error {
	body.fields["name"], _ = json.Marshal(before.name)
	body.fields["listen_address"] = body.fields["name"]
	c.complete(body)
	err := k.store(c, before, body)
	if p, ok := errors.AsType[*problem](err); ok && p.keep && k.Half != "" {
		c.tx.exec(k.Half, c.named(before.id)...)
	}
	return err
}

// store makes an object, or changes it, unless something is against that.
func (k kind) store(c *call, before, body stored) error {
	if err := k.refused(c, c.Method, before.id); err != nil {
		return err
	}
	if k.check != nil {
		if err := k.check(c, before, body); err != nil {
			return err
		}
	}
	reach := k.Say("reach")
	if reach == "used" && string(before.fields["used_by"]) == "[]" || c.Method == http.MethodPost ||
		c.query("target") != "" {
		reach = ""
	}
	err := k.refused(c, "CHECKED", before.id)
	if err == nil && reach != "" {
		err = c.reachPeers(k.said(c))
	}
	if err == nil {
		_, err = k.write(c, before.id, body)
	}
	return err
}

// said is how LXD says the object in calls of the other members: with the project of those that are in one.
func (k kind) said(c *call) string {
	if k.Say("in") == "" {
		return c.URL.Path
	}
	return c.URL.Path + "?project=" + c.project()
}

// write stores an object, a new one of the id 0.
func (k kind) write(c *call, id int64, body stored) (int64, error) {
	columns := strings.Join(k.Columns, ",")
	if id == 0 {
		id = c.tx.exec("INSERT INTO "+k.Say("table")+" ("+columns+") "+k.Row, c.named(0)...)
	} else if columns != "" {
		c.tx.exec("UPDATE "+k.Say("table")+" SET ("+columns+")=("+k.Row+") WHERE id=:id", c.named(id)...)
	}
	if owner := k.Say("owner"); owner != "" {
		c.tx.putConfig(k.Say("table")+"_config", owner, id, body.config())
	}
	if owner := k.Say("devices"); owner != "" {
		c.tx.putDevices(k.Say("table"), owner, id, body.devices())
	}
	if k.Then != "" {
		c.tx.exec(k.Then, k.asking(c, k.Then, id, c.params["name"])...)
	}
	if k.then != nil {
		if err := k.then(c, id, body); err != nil {
			return id, err
		}
	}
	return id, k.refused(c, "AFTER", id)
}

// complete lets queries see what an object is to be.
func (c *call) complete(body stored) {
	c.sent = c.body
	if _, named := body.fields["name"]; !named {
		body.fields["name"] = json.RawMessage(`""`)
	}
	c.body, _ = body.MarshalJSON() // plain data always marshals
}
