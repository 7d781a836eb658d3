package session

import (
	"errors"
	"fmt"
	"strings"

	"clusterctl/plan"
	"clusterctl/schema"
	"clusterctl/schema/preseed"
)

// secretSource resolves secrets when somebody asks for one. Nothing is kept: neither a variable nor a file is read
// before it is needed.
type secretSource struct {
	Machine
	find func(name string) (schema.Secret, error)
}

// secretsOf resolves the secrets of a preseed.
func (m Machine) secretsOf(want schema.Preseed) secretSource {
	return secretSource{Machine: m, find: func(name string) (schema.Secret, error) {
		secret, ok := want.Secrets[name]
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
			input, err := m.input(file)
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
	switch {
	case secret.Env != "":
		value, ok := s.Getenv(secret.Env)
		if !ok || value == "" {
			return "", Fail(ExitError, fmt.Sprintf("Set it for this run: %s=... clusterctl ...", secret.Env),
				fmt.Errorf("%s: the environment variable %s is not set", asked, secret.Env))
		}
		return value, nil
	case secret.File != "":
		data, err := s.ReadFile(secret.File)
		if err != nil {
			return "", fmt.Errorf("%s: %w", asked, err)
		}
		value := strings.TrimRight(string(data), "\r\n")
		if value == "" {
			return "", fmt.Errorf("%s: the file %s is empty", asked, secret.File)
		}
		return value, nil
	case secret.Reveal() == "":
		return "", errors.New(asked + ": the secret is empty")
	default:
		return secret.Reveal(), nil
	}
}
