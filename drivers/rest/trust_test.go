package rest_test

import (
	"context"
	"encoding/base64"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterctl/drivers"
	"clusterctl/drivers/rest"
)

// apiFunc answers calls.
type apiFunc func(drivers.Call) (drivers.Reply, error)

func (f apiFunc) Do(_ context.Context, c drivers.Call) (drivers.Reply, error) { return f(c) }

func TestAddTrust(t *testing.T) {
	t.Parallel()
	token := base64.StdEncoding.EncodeToString([]byte(`{"client_name":"ci","secret":"s"}`))
	for secret, want := range map[string]map[string]string{
		"pass": {"type": "client", "name": "ci", "password": "pass"},
		token:  {"type": "client", "name": "ci", "password": token, "trust_token": token},
	} {
		err := rest.AddTrust(t.Context(), apiFunc(func(c drivers.Call) (drivers.Reply, error) {
			if diff := cmp.Diff(drivers.Call{Method: "POST", Path: "/1.0/certificates", Body: want}, c); diff != "" {
				t.Error(diff)
			}
			return drivers.Reply{}, nil
		}), "ci", secret)
		if err != nil {
			t.Error(err)
		}
	}
}

func TestAddTrustTwiceIsNoError(t *testing.T) {
	t.Parallel()
	for kind, ok := range map[drivers.Kind]bool{drivers.Conflict: true, drivers.Denied: false} {
		err := rest.AddTrust(t.Context(), apiFunc(func(drivers.Call) (drivers.Reply, error) {
			return drivers.Reply{}, &drivers.Error{Kind: kind, Err: errors.New("x")}
		}), "ci", "pass")
		if (err == nil) != ok {
			t.Errorf("%s: got %v", kind, err)
		}
	}
}
