package apply

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"clusterctl/drivers"
	"clusterctl/plan"
)

// trust lets the joiner in and returns the field and the value that PUT /1.0/cluster needs for it.
func (a *attempt) trust(ctx context.Context, joiner drivers.Server) (field, value string, err error) {
	switch a.join.Trust {
	case plan.TrustToken:
		value, err = a.mint(ctx)
		return tokenField(joiner), value, err
	case plan.TrustPassword:
		value, err = a.task.secret(a.join.Password)
		if a.given = isToken(value); a.given {
			return tokenField(joiner), value, err
		}
		return "cluster_password", value, err
	case plan.TrustCertificate:
		if !a.admitted {
			err = a.addCertificate(ctx)
		}
		return "cluster_password", "", err
	default:
		return "", "", fmt.Errorf("step %s has a trust %q that this version does not know", a.task.step.ID, a.join.Trust)
	}
}

// joinToken is what a join token holds; its text form is the base64 of this as JSON.
type joinToken struct {
	Name        string   `json:"server_name"`
	Fingerprint string   `json:"fingerprint"`
	Addresses   []string `json:"addresses"`
	Secret      string   `json:"secret"`
	// ExpiresAt is passed on in the daemon's own spelling, RFC 3339.
	ExpiresAt string `json:"expires_at"`
}

// mint asks the cluster for a join token. It can be used once and only for this name; the operation that holds
// it lives until the token is used, expires or is cancelled.
func (a *attempt) mint(ctx context.Context) (string, error) {
	a.task.say("getting a join token for %s", a.join.Name)
	body := map[string]any{"server_name": a.join.Name}
	reply, err := a.task.call(ctx, "", drivers.Call{Method: "POST", Path: membersPath, Body: body})
	if err != nil {
		return "", err
	}
	a.tokenOperation = reply.Operation
	var op drivers.Operation
	if err := json.Unmarshal(reply.Metadata, &op); err != nil {
		return "", fmt.Errorf("reading the join token for %s: %w", a.join.Name, err)
	}
	a.minter = op.Location
	token, err := parseToken(op)
	if err != nil {
		return "", fmt.Errorf("reading the join token for %s: %w", a.join.Name, err)
	}
	text, err := token.text()
	a.task.hide(token.Secret, text)
	return text, err
}

// parseToken reads the token out of the operation's metadata, whose keys are spelled otherwise than the token's.
func parseToken(op drivers.Operation) (joinToken, error) {
	var token joinToken
	for key, out := range map[string]any{
		"serverName": &token.Name, "fingerprint": &token.Fingerprint, "addresses": &token.Addresses,
		"secret": &token.Secret, "expiresAt": &token.ExpiresAt,
	} {
		raw, ok := op.Metadata[key]
		if !ok {
			return joinToken{}, fmt.Errorf("the operation has no %q", key)
		}
		if err := json.Unmarshal(raw, out); err != nil {
			return joinToken{}, fmt.Errorf("the operation's %q is not readable", key)
		}
	}
	return token, nil
}

func (j joinToken) text() (string, error) {
	text, err := json.Marshal(j)
	return base64.StdEncoding.EncodeToString(text), err
}

// isToken reports whether a secret that the preseed gives is the text of a join token.
func isToken(value string) bool {
	text, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		return false
	}
	var token joinToken
	return json.Unmarshal(text, &token) == nil && token.Secret != "" && token.Fingerprint != ""
}

// admit puts the certificate that the step's member has now into the trust store, and remembers it for the join. One
// that is in a cluster shows that one's certificate: what became of an earlier join is for the join to find out.
func (t *task) admit(ctx context.Context, name string) error {
	a := &attempt{task: t, join: plan.Join{Name: name}, joiner: t.step.Member}
	server, err := t.server(ctx, a.joiner)
	if err != nil || server.Clustered() {
		return err
	}
	if err := a.certify(server); err != nil {
		return err
	}
	if err := a.addCertificate(ctx); err != nil {
		return a.withdraw(ctx, err)
	}
	t.joins.admit(*a)
	return nil
}

// certify keeps the certificate that the joiner shows of itself, unless an earlier step did.
func (a *attempt) certify(joiner drivers.Server) (err error) {
	if a.certificate.Base64 == "" {
		a.certificate, err = readCertificate(joiner.Environment.Certificate)
	}
	if err != nil {
		err = fmt.Errorf("reading the certificate of %s: %w", a.join.Name, err)
	}
	return err
}

// addCertificate puts the joiner's own certificate into the cluster's trust store, under its name and with the
// type that members have. Being there already is as good.
func (a *attempt) addCertificate(ctx context.Context) error {
	a.task.say("adding the certificate of %s to the trust store", a.join.Name)
	body := map[string]any{"name": a.join.Name, "type": "server", "certificate": a.certificate.Base64}
	add := drivers.Call{Method: "POST", Path: "/1.0/certificates", Body: body}
	reply, err := a.task.call(ctx, "", add)
	if drivers.Is(err, drivers.Conflict) && a.renamed(ctx) && a.removeEntry(ctx) {
		reply, err = a.task.call(ctx, "", add)
	}
	if drivers.Is(err, drivers.Conflict) {
		return nil
	}
	a.added = true // also where it fails: a member stores it, and then tells the others
	if err != nil {
		return err
	}
	return a.task.await(ctx, "", reply)
}

// renamed reports that the trust store has the joiner's certificate under a name that no member has: an earlier run was
// killed between the two, and the preseed calls the server otherwise since. LXD refuses its join then.
func (a *attempt) renamed(ctx context.Context) bool {
	entry, err := a.entry(ctx)
	if err != nil || entry.Type != "server" || entry.Name == a.join.Name {
		return false
	}
	_, err = a.task.ask(ctx, "", drivers.Call{Method: "GET", Path: membersPath + "/" + url.PathEscape(entry.Name)})
	return drivers.Is(err, drivers.NotFound)
}

// clientName is the name under which the client certificate is put into a trust store.
const clientName = "clusterctl"

// trustWait is how long a daemon may take to hear of a new certificate from another member.
const trustWait = time.Second

// introduce has the daemon trust the client certificate of its connection, unless it does already. The members of a
// cluster share one trust store, and a token is good for one use: what another member was told may be enough.
func (t *task) introduce(ctx context.Context, name string) error {
	trusted, err := t.trusted(ctx)
	if err == nil && !trusted && len(t.step.Needs) > 0 {
		trusted, err = t.awaitTrust(ctx)
	}
	if err != nil || trusted {
		return err
	}
	secret, err := t.secret(name)
	if err != nil {
		return err
	}
	server, err := t.server(ctx, t.step.Member)
	if err != nil {
		return err
	}
	_, err = t.call(ctx, t.step.Member, drivers.Call{Method: "POST", Path: "/1.0/certificates",
		Body: introduction(secret, server)})
	if err == nil || drivers.Is(err, drivers.Conflict) {
		if trusted, err = t.awaitTrust(ctx); err == nil && !trusted {
			err = t.denied("the daemon took the client certificate and does not trust it yet")
		}
		return err
	}
	switch {
	case drivers.Is(err, drivers.Denied) && isToken(secret):
		return t.denied("the token is not accepted: each is good for one use and may expire; make another with: " +
			t.flavour.Product.Client() + " config trust add")
	case drivers.Is(err, drivers.Denied):
		return t.denied("the password is not accepted: it is not core.trust_password of the server, or the server has none")
	}
	return err
}

// introduction is how a client that has that password or token asks a server to trust it. LXD 5.0 reads a token from
// password, Incus and later LXD from trust_token. LXD 6 refuses every password, and says nothing of its product to
// strangers.
func introduction(secret string, server drivers.Server) map[string]string {
	body := map[string]string{"type": "client", "name": clientName, "password": secret}
	if isToken(secret) {
		body["trust_token"] = secret
		if tokenField(server) == clusterToken {
			delete(body, "password")
		}
	}
	return body
}

func (t *task) denied(why string) error {
	return &drivers.Error{Kind: drivers.Denied, Op: "being trusted", Member: t.step.Member, Err: errors.New(why)}
}

// trusted asks the daemon whether it trusts us.
func (t *task) trusted(ctx context.Context) (bool, error) {
	var server struct{ Auth string }
	_, err := t.get(ctx, t.step.Member, "/1.0", nil, &server)
	return server.Auth == "trusted", err
}

// awaitTrust waits shortly for the daemon to trust us.
func (t *task) awaitTrust(ctx context.Context) (trusted bool, err error) {
	until := time.Now().Add(trustWait)
	t.say("waiting for %s to trust this client", t.step.Member)
	err = t.poll(ctx, pollEvery, func() (bool, error) {
		trusted, err = t.trusted(ctx)
		return trusted || time.Now().After(until), err
	})
	return trusted, err
}
