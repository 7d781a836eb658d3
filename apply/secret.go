package apply

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// fill returns the JSON body with every schema.SecretMark text replaced by the secret's value.
// Nil stays nil. The values are remembered, so that no error shows them.
func (t *task) fill(body json.RawMessage) (any, error) {
	if len(body) == 0 {
		return nil, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, fmt.Errorf("reading the body of step %s: %w", t.step.ID, err)
	}
	return t.fillValue(value)
}

func (t *task) fillValue(value any) (any, error) {
	var err error
	switch v := value.(type) {
	case string:
		if name, ok := schema.SecretName(v); ok {
			return t.secret(name)
		}
	case []any:
		out := make([]any, len(v))
		for i := range v {
			if out[i], err = t.fillValue(v[i]); err != nil {
				return nil, err
			}
		}
		return out, nil
	case map[string]any:
		out := make(map[string]any, len(v))
		for key := range v {
			if out[key], err = t.fillValue(v[key]); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return value, nil
}

// secret returns the value of a secret and remembers it.
func (t *task) secret(name string) (string, error) {
	if t.engine.Secret == nil {
		return "", fmt.Errorf("the plan needs the secret %q and nobody gives its value", name)
	}
	value, err := t.engine.Secret(name)
	if err != nil {
		return "", fmt.Errorf("getting the secret %q: %w", name, err)
	}
	t.hide(value)
	return value, nil
}

// hide keeps a value out of errors.
func (t *task) hide(values ...string) {
	for _, v := range values {
		if v != "" {
			t.secrets = append(t.secrets, v)
		}
	}
}

// redact returns the error without the secrets that a daemon may repeat in its answer, such as
// "cannot set 'core.trust_password' to '...'". What is left keeps its kind but not its chain.
func (t *task) redact(err error) error {
	if err == nil {
		return nil
	}
	hidden := t.clean(err.Error())
	if hidden == err.Error() {
		return err
	}
	if join, ok := errors.AsType[*JoinError](err); ok {
		out := *join
		out.Err = t.redact(join.Err)
		return &out
	}
	var known *drivers.Error
	if !errors.As(err, &known) || known.Err == nil {
		return errors.New(hidden)
	}
	return &drivers.Error{Kind: known.Kind, Op: known.Op, Member: known.Member, Ref: known.Ref,
		Err: errors.New(t.clean(known.Err.Error()))}
}

func (t *task) clean(text string) string {
	for _, secret := range t.secrets {
		text = strings.ReplaceAll(text, secret, "***")
	}
	return text
}
