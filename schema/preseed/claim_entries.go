package preseed

import (
	"fmt"
	"slices"
	"strings"

	"clusterctl/schema"
)

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
	of.fields = slices.Grow(of.fields, fieldsIn(e.object))
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

// fieldsIn is how many fields an object has, all of which are claimed.
func fieldsIn(o schema.Object) int {
	n := 1 + len(o.Attrs) + len(o.Lists) + len(o.Config)
	for _, device := range o.Devices {
		n += 1 + len(device)
	}
	for _, part := range o.Members {
		n += 2 + len(part.Attrs) + len(part.Config)
	}
	return n
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
