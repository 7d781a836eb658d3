package preseed

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"clusterctl/schema"
)

var (
	// templateForm are words that something was to fill in: ${X}, $X, {{ x }}, {% x %}, <X>, __X__.
	templateForm = regexp.MustCompile(`\$\{[A-Za-z_][^}]*\}|\$[A-Za-z_]\w*|\{\{.*?\}\}|\{%.*?%\}|` +
		`<[A-Za-z][\w .-]*>|__[A-Z][A-Z0-9_]*__`)
	// wholeForm are values of which nobody means anything else. A text may be <like this>, and a password begin with $.
	wholeForm = regexp.MustCompile(`^(\$\{[A-Za-z_]\w*(:?[-=?+][^}]*)?\}|\$[A-Z_][A-Z0-9_]*|\{\{[^{}\n]*\}\}|` +
		`<[A-Z][A-Z0-9_ .-]*>|__[A-Z][A-Z0-9_]*__)$`)
	variable = regexp.MustCompile(`^\$\{?([A-Za-z_]\w*)\}?$`)
	// breaking are the forms that are no YAML, anywhere in a line or at its beginning.
	breaking  = regexp.MustCompile(`\$\{[A-Za-z_][^}]*\}|\{\{.*?\}\}|\{%.*?%\}`)
	beginning = regexp.MustCompile(`^\s*(` + templateForm.String() + `)`)
	quoted    = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|'[^']*'`)
	remark    = regexp.MustCompile(`(?:^|\s)#.*`)
	// freeKey are keys whose values are for others than the servers, who may have such words of their own: people,
	// cloud-init, and programs in instances.
	freeKey = regexp.MustCompile(`^(description|snapshots\.pattern|(user|environment|cloud-init|raw)\..*)$`)
)

// templates are the words of a template in values and in keys, by where these stand.
type templates struct{ values, keys map[schema.Position]string }

// unfilled looks a document through for words that something was still to fill in. A value, or a name, that is nothing
// else is wrong wherever a server would take it as it is.
type unfilled struct {
	report *report
	seen   map[*node]bool
}

// mayBeTemplate reports a text that may have such words.
func mayBeTemplate(text string) bool {
	return strings.ContainsAny(text, "$<") || strings.Contains(text, "{{") || strings.Contains(text, "{%") ||
		strings.Contains(text, "__")
}

// below looks at what a node has. Above are the keys that it stands under.
func (u *unfilled) below(n *node, above []string) {
	if u.seen[n] {
		return
	}
	u.seen[n] = true
	for _, p := range n.pairs {
		marked := mayBeTemplate(p.key)
		if strings.HasPrefix(p.key, "x-") || !marked && p.value.kind == scalar && !mayBeTemplate(p.value.text) {
			continue // merges make many of these
		}
		if form := templateForm.FindString(p.key); marked && form != "" {
			u.report.templates.keys[p.at] = form
		}
		if marked && len(above) > 0 {
			u.word(p.key, p.at, above)
		}
		path := append(slices.Clip(above), p.key)
		if u.below(p.value, path); p.value.kind == scalar {
			u.value(p.value, p.at, path)
		}
	}
	for _, item := range n.items {
		if u.below(item, above); item.kind == scalar {
			u.value(item, item.at, above)
		}
	}
}

// value looks at a text that is said at a place.
func (u *unfilled) value(n *node, at schema.Position, path []string) {
	if !mayBeTemplate(n.text) {
		return
	}
	form := templateForm.FindString(schema.WithoutPasswords(n.text))
	secret := slices.ContainsFunc(path, func(key string) bool { return secretLine.MatchString(key + ":") })
	if _, mark := schema.SecretName(n.text); mark { // an error of its own
		return
	}
	if form == "" || secret && !wholeForm.MatchString(n.text) { // part of a secret is not for messages
		return
	}
	u.report.templates.values[at], u.report.templates.values[n.at] = form, form
	u.word(n.text, at, path)
}

// word reports a value, or a name, that is one such word.
func (u *unfilled) word(text string, at schema.Position, path []string) {
	key := path[len(path)-1]
	command := path[0] == "clusterctl" && slices.Contains(path, "service")
	if !wholeForm.MatchString(text) || freeKey.MatchString(key) || command {
		return
	}
	hint := ""
	if name := variable.FindStringSubmatch(text); name != nil && secretLine.MatchString(key+":") && takesSecret(path) {
		hint = fmt.Sprintf("write %s: {env: %s}, and let clusterctl read it with --allow-env %s", key, name[1], name[1])
	}
	if slices.Contains(path[:len(path)-1], "devices") { // any text may be a path, and is exported as such
		u.report.add(schema.SeverityWarning, at, schema.Mistake(schema.CodeTemplate,
			text+" looks like a word that a template has still to fill in", "It is taken as it is.", ""))
		return
	}
	u.report.errorAt(at, schema.Mistake(schema.CodeTemplate, unfilledSummary(text), "", hint))
}

// takesSecret reports a key that takes {env: NAME}.
func takesSecret(path []string) bool {
	n := len(path) - 1
	return n > 0 && path[n-1] == "config" ||
		slices.Contains([]string{"cluster_token", "cluster_password", "token", "password"}, path[n])
}

func unfilledSummary(form string) string {
	return "cannot use a template: " + form + " stands for a value"
}

// template returns the word because of which a diagnostic is; empty for none. A key that is missing, unknown or there
// twice is so whatever its value is. Of a file that is no YAML the line tells, without its remarks.
func (r *report) template(d schema.Diagnostic) string {
	switch {
	case d.Severity != schema.SeverityError || d.Code == schema.CodeRequired || d.Code == schema.CodeDuplicateKey:
		return ""
	case d.Code == schema.CodeUnknownKey:
		return r.templates.keys[d.Position]
	case d.Code != schema.CodeSyntax:
		if form := r.templates.values[d.Position]; form != "" {
			return form
		}
		return r.templates.keys[d.Position]
	}
	line := remark.ReplaceAllString(quoted.ReplaceAllString(d.Excerpt, `""`), "")
	if form := breaking.FindString(line); form != "" {
		return form
	}
	if begun := beginning.FindStringSubmatch(line); begun != nil {
		return begun[1]
	}
	if strings.Contains(line, "$(") {
		return templateForm.FindString(d.Excerpt)
	}
	return ""
}

// asTemplate puts one sentence in the place of all errors because of words that a template has still to fill in.
func (r *report) asTemplate(found schema.Diagnostics) schema.Diagnostics {
	var one schema.Diagnostic
	var forms []string
	hint := "render it first, and give clusterctl what comes out"
	out := slices.DeleteFunc(slices.Clone(found), func(d schema.Diagnostic) bool {
		form := r.template(d)
		switch {
		case form == "":
			return false
		case len(forms) == 0:
			one = d
		}
		if d.Code == schema.CodeTemplate && d.Hint != "" && !strings.Contains(hint, "; or") {
			hint += "; or " + d.Hint
		}
		if !slices.Contains(forms, form) {
			forms = append(forms, form)
		}
		return true
	})
	if len(forms) == 0 {
		return found
	}
	one.Code, one.Summary, one.Hint, one.Related = schema.CodeTemplate, unfilledSummary(forms[0]), hint, nil
	if one.Detail = ""; len(forms) > 1 {
		one.Detail = "So do " + clip(strings.Join(forms[1:], ", ")) + "."
	}
	return append(out, one).Sorted()
}
