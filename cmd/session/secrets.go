package session

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"clusterctl/drivers"
	"clusterctl/plan"
	"clusterctl/schema"
	"clusterctl/schema/preseed"
)

// secretSource has the secrets of a preseed, and resolves those of a saved plan when somebody asks for one.
type secretSource struct {
	Machine
	find func(name string) (schema.Secret, error)
}

// secretsOf resolves the secrets of a preseed.
func (m Machine) secretsOf(want schema.Preseed) secretSource {
	secrets := want.Secrets // alone: the rest may be large, and judged once more
	return secretSource{Machine: m, find: func(name string) (schema.Secret, error) {
		secret, ok := secrets[name]
		if !ok {
			return schema.Secret{}, fmt.Errorf("secret %s: the preseed has none of this name", name)
		}
		return secret, nil
	}}
}

// secretsOfPlan resolves the secrets of a saved plan, which holds none: the preseed files that it names are read
// again.
func (m Machine) secretsOfPlan(reg schema.Registry, p *plan.Plan) secretSource {
	const hint = "A saved plan holds no secret, so the files it was made from must still be there, " +
		"in the same place as seen from the current directory. Plan again, or apply the preseed itself."
	return secretSource{Machine: m, find: func(name string) (schema.Secret, error) {
		var inputs []preseed.Input
		for _, file := range p.Files {
			if file == stdinName {
				return schema.Secret{}, Fail(ExitError, hint,
					fmt.Errorf("secret %s: the plan was made from standard input, which cannot be read again", name))
			}
			input, err := m.input("", file, DefaultMaxInput)
			if err != nil {
				return schema.Secret{}, Fail(ExitError, hint, fmt.Errorf("secret %s: %w", name, err))
			}
			inputs = append(inputs, input)
		}
		want, _ := preseed.Decode(reg,
			inputs) // the plan is what is applied; a file that is wrong today may still have the secret
		secret, ok := want.Secrets[name]
		if !ok {
			return schema.Secret{}, Fail(ExitError, hint,
				fmt.Errorf("secret %s: no longer in %s", name, strings.Join(p.Files, ", ")))
		}
		return secret, nil
	}}
}

// Secret returns the value of the secret of that name. An error names the variable or file and who asks for it.
func (s secretSource) Secret(name string) (string, error) {
	secret, err := s.find(name)
	if err != nil {
		return "", err
	}
	asked := name
	if secret.Pos.Line > 0 {
		asked = fmt.Sprintf("%s: %s", secret.Pos, name)
	}
	value, err := s.value(secret)
	if refused := (*refusedReference)(nil); errors.As(err, &refused) {
		return "", Fail(ExitInvalid, refused.Hint, fmt.Errorf("%s: %s: %w", asked, refused.Code, err))
	}
	if err != nil && secret.Env != "" {
		return "", Fail(ExitError, fmt.Sprintf("Set it for this run: %s=... clusterctl ...", secret.Env),
			fmt.Errorf("%s: %w", asked, err))
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", asked, err)
	}
	return value, nil
}

// refusedReference is a reference that whoever runs this has not allowed.
type refusedReference struct{ schema.Problem }

func (r *refusedReference) Error() string { return r.Summary }

// freeVariables is how the names of variables begin that every preseed may name.
const freeVariables = "CLUSTERCTL_SECRET_"

// value resolves a secret. The error is a *refusedReference if that must not be done.
func (m Machine) value(secret schema.Secret) (string, error) {
	switch {
	case secret.Reveal() != "":
		return secret.Reveal(), nil
	case secret.Env != "":
		if !strings.HasPrefix(secret.Env, freeVariables) && !slices.Contains(m.Trust.Env, secret.Env) {
			return "", &refusedReference{schema.Problem{Code: schema.CodeEnvNotAllowed,
				Summary: "cannot read the environment variable " + secret.Env + ": nobody has allowed it",
				Detail:  "Whoever writes a preseed could have any variable sent somewhere.",
				Hint: "add --allow-env " + secret.Env + " if you trust this preseed with it, or call it " + freeVariables +
					strings.TrimPrefix(secret.Env, "CLUSTERCTL_")}}
		}
		value, set := m.Getenv(secret.Env)
		switch {
		case !set:
			return "", fmt.Errorf("the environment variable %s is not set", secret.Env)
		case value == "":
			return "", fmt.Errorf("the environment variable %s is empty", secret.Env)
		case !isText([]byte(value)):
			return "", fmt.Errorf("the environment variable %s: %w", secret.Env, errNoText)
		}
		return value, nil
	case secret.File != "":
		return m.secretFile(secret)
	}
	return "", errors.New("the secret is empty")
}

func (m Machine) secretFile(secret schema.Secret) (value string, err error) {
	file, _, err := m.named(secret.Pos.File, secret.File)
	if errors.Is(err, errOutside) {
		return "", &refusedReference{preseed.OutsideProblem(secret.File)}
	}
	var data []byte
	if err == nil {
		data, err = drivers.ReadAtMost(file, maxNamed)
		err = errors.Join(err, file.Close())
	}
	value = strings.TrimRight(string(data), "\r\n")
	switch {
	case err == nil && value == "":
		err = errors.New("it is empty")
	case err == nil && !isText(data):
		err = errNoText
	}
	if err != nil {
		return "", fmt.Errorf("the file %s: %s", secret.File, cause(err))
	}
	return value, nil
}

// notCompared says which secrets of objects have no value here.
func (m Machine) notCompared(want schema.Preseed) schema.Diagnostics {
	var found schema.Diagnostics
	for o := range want.Want.All() {
		for _, texts := range o.Texts() {
			for _, text := range texts {
				name, mark := schema.SecretName(text)
				secret := want.Secrets[name]
				if !mark || secret.Reveal() != "" {
					continue
				}
				_, err := m.value(secret)
				found = append(found, schema.Diagnostic{Severity: schema.SeverityWarning, Code: schema.CodeSecret, Ref: o.Ref,
					Position: secret.Pos, Summary: fmt.Sprintf("%s is not compared: %v", name, err),
					Detail: "Whether the cluster has the same value is unknown. A step that sends it fails."})
			}
		}
	}
	return found
}

// resolved returns the preseed with the values of its secrets, as far as they are known here, and what it says that it
// may not.
func (m Machine) resolved(want schema.Preseed, excerpt func(schema.Position) string) (schema.Preseed,
	schema.Diagnostics) {
	var found schema.Diagnostics
	secrets := make(map[string]schema.Secret, len(want.Secrets))
	for name, secret := range want.Secrets {
		value, err := m.value(secret)
		if refused := (*refusedReference)(nil); errors.As(err, &refused) {
			found = append(found, schema.Diagnostic{Severity: schema.SeverityError, Code: refused.Code,
				Position: secret.Pos, Excerpt: excerpt(secret.Pos), Summary: refused.Summary, Detail: refused.Detail,
				Hint: refused.Hint})
		}
		secrets[name] = secret.Resolved(value)
	}
	want.Secrets = secrets
	return want, found
}
