package preseed

import (
	"slices"
	"strings"

	"clusterctl/schema"
)

// strength ranks who says something about a member, the strongest last.
type strength int

const (
	assumed     strength = iota // filled in by the kind, nobody said it
	byDefaults                  // members_defaults:
	byBootstrap                 // the bootstrap document, about the bootstrap member
	byDocument                  // any document, about the cluster; a join document, about its member
	byMember                    // members:
)

// claimKey is one field of one object: attrs NAME, config KEY, devices NAME KEY, lists NAME, state, or
// members NAME KEY; of a member's part also "local" NAME ATTRIBUTE and "gone" NAME.
type claimKey struct {
	ref        schema.Ref
	part, a, b string
}

// path is the field's path in a [Source].
func (k claimKey) path() string {
	text := k.part
	switch text {
	case "local":
		text = "members"
	case "gone":
		return "members." + k.a + ".state"
	}
	if k.a != "" {
		text += "." + k.a
	}
	if k.b != "" {
		text += "." + k.b
	}
	return text
}

// put sets the field of an object. The maps of o that it makes belong to o alone.
func (k claimKey) put(o *schema.Object, value string) {
	switch k.part {
	case "attrs":
		o.Attrs[k.a] = value
	case "config":
		o.Config[k.a] = value
	case "state":
		o.State = schema.State(value)
	case "lists":
		list := []string{}
		if value != "" {
			list = strings.Split(value, listSeparator)
		}
		o.Lists = schema.With(o.Lists, k.a, list)
	case "devices":
		if k.b == "" {
			o.Devices = schema.With(o.Devices, k.a, map[string]string{})
		} else {
			o.Devices = schema.With(o.Devices, k.a, schema.With(o.Devices[k.a], k.b, value))
		}
	case "members", "local", "gone":
		o.Members = schema.With(o.Members, k.a, k.putPart(o.Members[k.a], value))
	}
}

func (k claimKey) putPart(part schema.Part, value string) schema.Part {
	if part.Config == nil {
		part.Config = map[string]string{}
	}
	switch {
	case k.part == "gone":
		part.State = schema.State(value)
	case k.part == "local":
		part.Attrs = schema.With(part.Attrs, k.b, value)
	case k.b != "":
		part.Config[k.b] = value
	}
	return part
}

const listSeparator = "\n"

// claim is what the files say of one field.
type claim struct {
	value string
	// secret is the value of one that is not shown, which has a mark in its place; nil for none.
	secret *schema.Secret
	at     schema.Position
	// words are the texts that it is made of, where it may name other objects.
	words    []word
	strength strength
}

// hidden is the secret of a claim, if it has one.
func (c claim) hidden() schema.Secret {
	if c.secret == nil {
		return schema.Secret{}
	}
	return *c.secret
}

// claims has what is claimed of each object.
type claims struct {
	of map[schema.Ref]*claimed
	// all are in the order in which the files first speak of them.
	all []*claimed
}

// claimed is what is claimed of one object, its fields in the order in which they were first said.
type claimed struct {
	ref schema.Ref
	// at is where it stands; declared reports that an entry of its own says that.
	at       schema.Position
	declared bool
	// variant is the value of the attribute that its key rules depend on.
	variant string
	fields  []claimedField
	// index has the places in fields, once there are many.
	index map[claimKey]int
}

// about returns what is claimed of an object; nothing yet, and at that place, when it is new.
func (c *claims) about(ref schema.Ref, at schema.Position) *claimed {
	if last := len(c.all) - 1; last >= 0 && c.all[last].ref == ref {
		return c.all[last]
	}
	of := c.of[ref]
	if of == nil {
		of = &claimed{ref: ref, at: at}
		c.of[ref] = of
		c.all = append(c.all, of)
	}
	return of
}

type claimedField struct {
	part, a, b string
	claim
}

func (f claimedField) key(ref schema.Ref) claimKey { return claimKey{ref, f.part, f.a, f.b} }

// few is how many fields are looked through.
const few = 16

func (c *claims) get(key claimKey) (claim, bool) {
	if of := c.of[key.ref]; of != nil {
		return of.get(key)
	}
	return claim{}, false
}

func (c *claimed) get(key claimKey) (claim, bool) {
	if i := c.find(key); i >= 0 {
		return c.fields[i].claim, true
	}
	return claim{}, false
}

func (c *claimed) find(key claimKey) int {
	if c.index != nil {
		if i, ok := c.index[key]; ok {
			return i
		}
		return -1
	}
	return slices.IndexFunc(c.fields, func(f claimedField) bool {
		return f.part == key.part && f.a == key.a && f.b == key.b
	})
}

func (c *claimed) set(key claimKey, said claim) {
	if i := c.find(key); i >= 0 {
		c.fields[i].claim = said
		return
	}
	c.fields = append(c.fields, claimedField{key.part, key.a, key.b, said})
	switch n := len(c.fields); {
	case c.index != nil:
		c.index[key] = n - 1
	case n > few:
		c.index = make(map[claimKey]int, 2*n)
		for i, f := range c.fields {
			c.index[f.key(c.ref)] = i
		}
	}
}

// secretName is the name in [schema.Preseed.Secrets] of a value that is one.
func (k claimKey) secretName() string {
	switch {
	case k.ref.Kind == schema.KindServer && k.part == "config":
		return string(schema.KindServer) + "/" + k.a
	case k.part == "config":
		return k.ref.String() + "/" + k.a
	}
	return k.ref.String() + "/" + k.path()
}

// hiding returns the claim with its value as a secret if that is what its key says.
func (c claim) hiding(rule schema.KeyRule) claim {
	if rule.Secret && c.secret == nil && c.value != "" {
		return c.hide(schema.NewSecret(c.value))
	}
	return c
}

// hide returns the claim of a secret; of none it is as it is.
func (c claim) hide(secret schema.Secret) claim {
	if !secret.IsZero() {
		c.secret = &secret
	}
	return c
}
