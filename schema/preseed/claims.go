package preseed

import (
	"fmt"
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
		if o.Lists == nil {
			o.Lists = map[string][]string{}
		}
		o.Lists[k.a] = []string{}
		if value != "" {
			o.Lists[k.a] = strings.Split(value, listSeparator)
		}
	case "devices":
		if o.Devices == nil {
			o.Devices = map[string]map[string]string{}
		}
		if o.Devices[k.a] == nil {
			o.Devices[k.a] = map[string]string{}
		}
		if k.b != "" {
			o.Devices[k.a][k.b] = value
		}
	case "members", "local", "gone":
		if o.Members == nil {
			o.Members = map[string]schema.Part{}
		}
		o.Members[k.a] = k.putPart(o.Members[k.a], value)
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
		if part.Attrs == nil {
			part.Attrs = map[string]string{}
		}
		part.Attrs[k.b] = value
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

// claim notes what a document says. Two that are equally strong and differ are a conflict; a member's address
// must be the same wherever it is said.
func (j *judge) claim(key claimKey, c claim) {
	of := j.claims.about(key.ref, c.at)
	address := key.ref.Kind == schema.KindMember && key.path() == "attrs.address"
	if address && c.value != "" {
		c.value = schema.AddressForm(c.value)
	}
	if c.secret == nil && key.part != "attrs" && schema.HasPassword(c.value) {
		c = c.hide(schema.NewSecret(c.value))
	}
	if c.hidden().Reveal() == "true" && key.secretName() == "server/core.trust_password" {
		j.report.warningAt(c.at, schema.Problem{Code: schema.CodePassword,
			Summary: "left core.trust_password as it is: true stands for one in a dump",
			Detail:  j.product.Admin() + " init --dump prints true where a password is set, and never the password.",
			Hint:    "remove the line, or write the password"})
		return
	}
	if c.secret != nil {
		secret := *c.secret
		secret.Pos = c.at
		c = c.hide(secret)
		c.value = schema.SecretMark(key.secretName())
	}
	before, taken := of.get(key)
	differs := before.value != c.value || !before.hidden().Same(c.hidden())
	switch {
	case taken && differs && (address || before.strength == c.strength && c.strength != assumed):
		j.conflict(key, before, c)
	case !taken || c.strength > before.strength:
		of.set(key, c)
		if before.secret != nil {
			delete(j.secrets, key.secretName())
		}
		if c.secret != nil {
			j.secrets[key.secretName()] = *c.secret
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

func (j *judge) conflict(key claimKey, before, now claim) {
	what := key.a
	if key.b != "" {
		what = key.b
	}
	if what == "" {
		what = key.part
	}
	if before.secret != nil || now.secret != nil {
		j.secretConflict(what, before.at, now.at)
		return
	}
	from := len(j.report.list)
	j.report.add(schema.SeverityError, now.at, schema.Mistake(schema.CodeConflict,
		fmt.Sprintf("cannot set %s of %s to %s and to %s", what, j.reg.NameOf(key.ref), quote(before.value),
			quote(now.value)),
		fmt.Sprintf("%s says %s; one of the two must be wrong.", before.at, quote(before.value)),
		"say it once, or say the same in both places"), before.at)
	j.report.about(from, key.ref, "")
}

// claimEntry claims everything that an entry of a document says.
func (j *judge) claimEntry(e entry) {
	ref, of := e.object.Ref, j.claims.about(e.object.Ref, e.fill.place())
	of.fields = slices.Grow(of.fields, len(e.fill.places.list))
	j.claimBody(e.object, e.fill, byDocument)
	j.claimParts(e)
	for _, key := range []string{"project", e.kind.ParentKey} { // they say what the object's reference says
		if _, said := e.fill.at(key); said && key != "" {
			j.claim(claimKey{ref: ref, part: key}, e.fill.said(key, "", byDocument))
		}
	}
	for _, key := range schema.SortedKeys(e.object.Config) {
		value, path := e.object.Config[key], "config."+key
		rule, known := e.kind.Rule(of.variant, key)
		c := e.fill.said(path, value, byDocument).hiding(rule)
		switch {
		case known && rule.Volatile:
			j.report.warningAt(c.at, schema.Mistake(schema.CodeReadOnly, "ignored "+key+": it is the server's own note",
				"Servers print volatile keys; they are not sent and not compared.", "remove the line"))
		case rule.Where == schema.OnMember:
			j.claimOwned(e, key, rule, c)
		default:
			j.claim(claimKey{ref: ref, part: "config", a: key}, c)
		}
	}
}

// claimParts claims what an entry says of one member's part of its object: that there is one, and what it has.
func (j *judge) claimParts(e entry) {
	ref := e.object.Ref
	for member, part := range e.object.Members {
		say := func(kind, name, path, value string) {
			j.claim(claimKey{ref: ref, part: kind, a: member, b: name}, e.fill.said(path, value, byDocument))
		}
		say("members", "", "target", "")
		for name, value := range part.Attrs {
			say("local", name, name, value)
		}
		for key, value := range part.Config {
			say("members", key, "config."+key, value)
		}
		if part.State != "" {
			say("gone", "", "state", string(part.State))
		}
	}
}

// claimBody claims the attributes, lists, devices and state of an object.
func (j *judge) claimBody(o schema.Object, fill *filling, by strength) {
	for name, value := range o.Attrs {
		c := fill.said(name, value, by)
		if _, said := fill.at(name); !said {
			c.strength = assumed
		}
		j.claim(claimKey{ref: o.Ref, part: "attrs", a: name}, c)
	}
	for name, list := range o.Lists {
		j.claim(claimKey{ref: o.Ref, part: "lists", a: name}, fill.said(name, strings.Join(list, listSeparator), by))
	}
	for device, keys := range o.Devices {
		path := "devices." + device
		j.claim(claimKey{ref: o.Ref, part: "devices", a: device}, fill.said(path, "", by))
		for key, value := range keys {
			j.claim(claimKey{ref: o.Ref, part: "devices", a: device, b: key}, fill.said(path+"."+key, value, by))
		}
	}
	if o.State != "" {
		j.claim(claimKey{ref: o.Ref, part: "state"}, fill.said("state", string(o.State), by))
	}
}

// claimOwned claims a member-specific key that stands in a cluster-wide place. In the bootstrap document and in
// a join document it is that member's; elsewhere nobody can tell whose it is. Without any member in the
// input it stays where it is: the file is one for a single server.
func (j *judge) claimOwned(e entry, key string, rule schema.KeyRule, c claim) {
	ref, doc := e.object.Ref, e.document
	switch {
	case doc.owner != "":
		c.strength = doc.strength()
		if ref.Kind == schema.KindServer && key == "cluster.https_address" {
			j.claimAddress(doc.owner, c)
			return
		}
		j.claim(claimKey{ref: ref, part: "members", a: doc.owner, b: key}, c)
	case len(j.members) == 0:
		j.claim(claimKey{ref: ref, part: "config", a: key}, c)
	default:
		from := len(j.report.list)
		p := schema.Mistake(schema.CodePlacement,
			fmt.Sprintf("cannot set %s of %s for the whole cluster", key, j.reg.NameOf(ref)),
			"The key belongs to each member: "+j.product.Title()+" refuses it in a cluster-wide place.",
			placeForMember(*e.kind, ref))
		if fault := valueFault(rule, c.value); fault != "" { // it would be wrong there as well
			p.Detail += " " + strings.TrimSuffix(fault, ".") + "."
			p.Hint += ", and " + valueHint(rule, c.value)
		}
		j.report.errorAt(c.at, p)
		j.report.about(from, ref, "")
	}
}

func placeForMember(kind schema.Kind, ref schema.Ref) string {
	if kind.Lifecycle == schema.Singleton {
		return "move it into config: of each member, or of members_defaults:"
	}
	return fmt.Sprintf("move it into member_config: {%s: {%s: {...}}} of each member, or of members_defaults:",
		kind.Entity(), ref.Name)
}

// claimAddress claims a member's cluster address.
func (j *judge) claimAddress(member string, c claim) {
	j.claim(claimKey{ref: memberRef(member), part: "attrs", a: "address"}, c)
}

// keepSecret notes a secret; the same one with another value is a conflict.
func (j *judge) keepSecret(name, key string, s schema.Secret) {
	if before, known := j.secrets[name]; known && !before.Same(s) {
		j.secretConflict(key, before.Pos, s.Pos)
		return
	}
	j.secrets[name] = s
}

func (j *judge) secretConflict(key string, before, at schema.Position) {
	j.report.add(schema.SeverityError, at, schema.Mistake(schema.CodeConflict,
		"cannot set "+key+" to two different values", fmt.Sprintf("%s says another one.", before),
		"say it once, or say the same in both places"), before)
}
