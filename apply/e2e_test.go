//go:build e2e && linux

package apply_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"clusterctl/apply"
	"clusterctl/drivers"
	"clusterctl/drivers/lab"
	"clusterctl/drivers/lab/labtest"
	"clusterctl/plan"
	"clusterctl/schema"
)

// daemons are those of a lab, reached over their sockets. The cluster is asked at node1.
type daemons struct{ *lab.Lab }

func start(t *testing.T, members int) daemons {
	t.Helper()
	return daemons{labtest.Start(t, lab.Config{Members: members})}
}

func (d daemons) API(_ context.Context, name string) (drivers.API, error) {
	number := 1
	if name != "" {
		if _, err := fmt.Sscanf(name, "node%d", &number); err != nil {
			return nil, err
		}
	}
	m, err := d.Member(number)
	if err != nil {
		return nil, err
	}
	return socket(m.Socket()), nil
}

func (d daemons) Read(context.Context) (schema.Cluster, error) {
	return schema.Cluster{}, errors.New("the lab reads no cluster")
}

func (d daemons) Close() error { return nil }

func (d daemons) address(number int) string { return d.Members[number-1].Address + ":8443" }

type socket string

func (s socket) Do(ctx context.Context, c drivers.Call) (drivers.Reply, error) {
	fail := func(kind drivers.Kind, err error) (drivers.Reply, error) {
		return drivers.Reply{}, &drivers.Error{Kind: kind, Op: c.Method + " " + c.Path, Err: err}
	}
	body, err := json.Marshal(c.Body)
	if err != nil {
		return fail(drivers.Invalid, err)
	}
	q := url.Values{}
	for k, v := range c.Query {
		q.Set(k, v)
	}
	req, _ := http.NewRequestWithContext(ctx, c.Method, "http://lxd"+c.Path+"?"+q.Encode(), bytes.NewReader(body))
	if c.ETag != "" {
		req.Header.Set("If-Match", c.ETag)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", string(s))
	}}}
	resp, err := client.Do(req)
	if err != nil {
		return fail(drivers.Unreachable, err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return fail(drivers.Unreachable, err)
	}
	var envelope struct {
		Type, Operation, Error string
		Metadata               json.RawMessage
	}
	if err := json.Unmarshal(text, &envelope); err != nil {
		return fail(drivers.Internal, err)
	}
	if envelope.Type == "error" {
		kinds := map[int]drivers.Kind{400: drivers.Invalid, 403: drivers.Denied, 404: drivers.NotFound, 409: drivers.Conflict, 412: drivers.Precondition, 503: drivers.Starting}
		kind, ok := kinds[resp.StatusCode]
		if !ok {
			kind = drivers.Internal
		}
		return fail(kind, errors.New(envelope.Error))
	}
	return drivers.Reply{Status: resp.StatusCode, Metadata: envelope.Metadata, Operation: envelope.Operation, ETag: resp.Header.Get("ETag")}, nil
}

// show prints the events as they come.
type show struct{ t *testing.T }

func (s show) Event(e apply.Event) {
	s.t.Logf("%s %3d %-8s %-32s %s %v %v", e.Time.Format("05.000"), e.Seq, e.Kind, e.Step.ID, e.Took.Round(time.Millisecond), e.Message, e.Err)
}

func (d daemons) bootstrapStep() plan.Step {
	return plan.Step{ID: "bootstrap:node1", Title: "Bootstrap the cluster on node1", Member: "node1", Sections: []plan.Section{plan.SectionCluster}, Op: plan.Op{Kind: plan.OpBootstrap,
		Bootstrap: &plan.Bootstrap{Name: "node1", Config: map[string]string{"core.https_address": d.address(1), "cluster.https_address": d.address(1)}}}}
}

func (d daemons) joinSteps(i int, trust plan.Trust, needs ...plan.StepID) []plan.Step {
	name := fmt.Sprintf("node%d", i)
	join := plan.Join{Name: name, Address: d.address(i), Trust: trust, Password: "password",
		MemberConfig: []plan.MemberKey{{Entity: "storage-pool", Name: "local", Key: "source", Value: ""}}}
	return []plan.Step{
		{ID: plan.StepID("join:" + name), Title: "Join " + name, Member: name, Needs: needs, Op: plan.Op{Kind: plan.OpJoin, Join: &join}},
		{ID: plan.StepID("settle:" + name), Title: "Settle " + name, Member: name, Needs: []plan.StepID{plan.StepID("join:" + name)},
			Op: plan.Op{Kind: plan.OpSettle, Settle: &plan.Settle{Name: name}}},
	}
}

func request(id plan.StepID, method, path, target, body string, needs ...plan.StepID) plan.Step {
	return plan.Step{ID: id, Title: string(id), Needs: needs,
		Op: plan.Op{Kind: plan.OpRequest, Request: &plan.Request{Method: method, Path: path, Target: target, Body: json.RawMessage(body)}}}
}

// form is the plan of a cluster with a pool and a bridge that the joins copy. With pipelined, a join waits for the
// listing of the one before; the third member is awaited to its end.
func (d daemons) form(members int, trust plan.Trust, pipelined bool) []plan.Step {
	steps := []plan.Step{
		d.bootstrapStep(),
		request("password", "PATCH", "/1.0", "", fmt.Sprintf(`{"config":{"core.trust_password":%q}}`, schema.SecretMark("password")), "bootstrap:node1"),
		request("pool", "POST", "/1.0/storage-pools", "", `{"name":"local","driver":"dir","config":{}}`, "password"),
		request("bridge", "POST", "/1.0/networks", "", `{"name":"rclxdbr","type":"bridge","config":{"ipv4.address":"10.99.7.1/24","ipv6.address":"none"}}`, "pool"),
	}
	last := plan.StepID("bridge")
	for i := 2; i <= members; i++ {
		steps = append(steps, d.joinSteps(i, trust, last)...)
		last = plan.StepID(fmt.Sprintf("settle:node%d", i))
		if pipelined && i != 3 {
			last = plan.StepID(fmt.Sprintf("join:node%d", i))
		}
	}
	return steps
}

func engine(d daemons) *apply.Engine {
	return &apply.Engine{Backend: d, Secret: func(string) (string, error) { return "s3cret-of-the-lab", nil }}
}

// TestFormCluster forms a cluster of three and changes it.
func TestFormCluster(t *testing.T) {
	t.Parallel()
	d := start(t, 3)
	if _, err := engine(d).Run(t.Context(), &plan.Plan{Steps: d.form(3, plan.TrustToken, false)}, show{t}); err != nil {
		t.Fatal(err)
	}

	var more []plan.Step
	for i := range d.Members {
		more = append(more, request(plan.StepID(fmt.Sprintf("define:%d", i+1)), "POST", "/1.0/storage-pools", fmt.Sprintf("node%d", i+1), `{"name":"second","driver":"dir","config":{}}`))
	}
	all := request("instantiate", "POST", "/1.0/storage-pools", "", `{"name":"second","driver":"dir","description":"d","config":{}}`)
	for _, s := range more {
		all.Needs = append(all.Needs, s.ID)
	}
	more = append(more, all,
		edit("profile", "/1.0/profiles/default", `{"description":"edited","devices":{"root":{"type":"disk","path":"/","pool":"second"}}}`, "instantiate"),
		edit("member", "/1.0/cluster/members/node2", `{"description":"the second","failure_domain":"rack2","config":{"scheduler.instance":"group"}}`),
		evacuation("evacuate", "member", "profile"), evacuation("restore", "evacuate"), removal("node3", "restore"))
	if _, err := engine(d).Run(t.Context(), &plan.Plan{Steps: more}, show{t}); err != nil {
		t.Fatal(err)
	}
}

// TestFormPipelined has joins that overlap, five of them, so that not every member becomes a voter.
func TestFormPipelined(t *testing.T) {
	t.Parallel()
	d := start(t, 5)
	if _, err := engine(d).Run(t.Context(), &plan.Plan{Steps: d.form(5, plan.TrustPassword, true)}, show{t}); err != nil {
		t.Fatal(err)
	}
}

func edit(id plan.StepID, path, body string, needs ...plan.StepID) plan.Step {
	s := request(id, "PUT", path, "", body, needs...)
	s.Op.Kind = plan.OpEdit
	return s
}

func evacuation(action string, needs ...plan.StepID) plan.Step {
	s := request(plan.StepID(action), "POST", "/1.0/cluster/members/node2/state", "", fmt.Sprintf(`{"action":%q}`, action), needs...)
	s.Op.Kind = plan.OpEvacuate
	return s
}

func removal(name string, needs ...plan.StepID) plan.Step {
	s := request(plan.StepID("remove:"+name), "DELETE", "/1.0/cluster/members/"+name, "", "", needs...)
	s.Op.Kind, s.Op.Request.Gone = plan.OpRemove, true
	return s
}

// TestFailingJoins lets joins fail that must leave the third daemon as it was.
func TestFailingJoins(t *testing.T) {
	t.Parallel()
	d := start(t, 3)
	if _, err := engine(d).Run(t.Context(), &plan.Plan{Steps: d.form(2, plan.TrustCertificate, false)}, show{t}); err != nil {
		t.Fatal(err)
	}
	wrong := engine(d)
	wrong.Secret = func(string) (string, error) { return "guessed", nil }
	_, err := wrong.Run(t.Context(), &plan.Plan{Steps: d.joinSteps(3, plan.TrustPassword)}, show{t})
	t.Log("wrong password:\n", err)
	var failed *apply.JoinError
	if !errors.As(err, &failed) || !failed.Password || strings.Contains(err.Error(), "guessed") {
		t.Error("the join with a wrong password did not fail as expected")
	}

	twice := d.joinSteps(3, plan.TrustToken)
	twice[0].Op.Join.Name = "node2"
	twice[0].Op.Join.Address = d.address(3)
	_, err = engine(d).Run(t.Context(), &plan.Plan{Steps: twice[:1]}, show{t})
	t.Log("duplicate name:\n", err)
	if err == nil || !strings.Contains(err.Error(), "has a member node2") {
		t.Error("the join under a name that is taken did not fail as expected")
	}

	mismatch := d.joinSteps(3, plan.TrustCertificate)
	mismatch[0].Op.Join.Certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
	_, err = engine(d).Run(t.Context(), &plan.Plan{Steps: mismatch}, show{t})
	t.Log("wrong certificate:\n", err)
	if err == nil {
		t.Error("the join with a wrong cluster certificate did not fail")
	}

	if _, err := engine(d).Run(t.Context(), &plan.Plan{Steps: d.joinSteps(3, plan.TrustToken)}, show{t}); err != nil {
		t.Fatal("joining after the failures:", err)
	}
}
