package apply

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"clusterctl/drivers"
	"clusterctl/plan"
)

// TestServersAreBroughtToTrust introduces this client to two servers that share a trust store or do not.
func TestServersAreBroughtToTrust(t *testing.T) {
	t.Parallel()
	token := base64.StdEncoding.EncodeToString([]byte(`{"secret":"s","fingerprint":"f"}`))
	const post = " POST /1.0/certificates"
	for name, test := range map[string]struct {
		secret, body string
		shared       bool
		refusal      drivers.Kind
		posts        []string
		wrong        string
	}{
		"password":         {"opensesame", `{"name":"clusterctl","password":"opensesame","type":"client"}`, false, "", []string{"m1", "m2"}, ""},
		"one trust store":  {"opensesame", `{"name":"clusterctl","password":"opensesame","type":"client"}`, true, "", []string{"m1"}, ""},
		"token":            {token, `{"name":"clusterctl","password":"` + token + `","trust_token":"` + token + `","type":"client"}`, true, "", []string{"m1"}, ""},
		"wrong password":   {"opensesame", `{"name":"clusterctl","password":"opensesame","type":"client"}`, true, drivers.Denied, []string{"m1"}, "the password is not accepted"},
		"token, newer LXD": {token, `{"name":"clusterctl","trust_token":"` + token + `","type":"client"}`, true, "", []string{"m1"}, ""},
		"used token":       {token, `{"name":"clusterctl","password":"` + token + `","trust_token":"` + token + `","type":"client"}`, true, drivers.Denied, []string{"m1"}, "the token is not accepted"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				trusts := map[string]bool{}
				f := &fake{script: map[string]answer{}}
				for _, m := range []string{"m1", "m2"} {
					f.script[m+" GET /1.0"] = func(context.Context, drivers.Call) (drivers.Reply, error) {
						auth := map[bool]string{true: "trusted", false: "untrusted"}[trusts[m] || test.shared && len(trusts) > 0]
						extensions := `[]`
						if name == "token, newer LXD" {
							extensions = `["explicit_trust_token"]`
						}
						return drivers.Reply{Status: 200, Metadata: json.RawMessage(`{"auth":"` + auth + `","api_extensions":` + extensions + `}`)}, nil
					}
					f.script[m+post] = func(ctx context.Context, c drivers.Call) (drivers.Reply, error) {
						if test.refusal != "" {
							return fails(test.refusal, "no")(ctx, c)
						}
						trusts[m] = true
						return drivers.Reply{Status: 201}, nil
					}
				}
				op := plan.Op{Kind: plan.OpTrust, Introduce: &plan.Introduce{Secret: "s"}}
				p := &plan.Plan{Steps: []plan.Step{{ID: "a", Member: "m1", Op: op}, {ID: "b", Member: "m2", Op: op,
					Needs: []plan.StepID{"a"}}}}
				engine := &Engine{Backend: f, Secret: func(string) (string, error) { return test.secret, nil }}
				_, err := engine.Run(t.Context(), p, new(events))
				if (test.wrong == "") != (err == nil) || err != nil && (!strings.Contains(err.Error(), test.wrong) ||
					strings.Contains(err.Error(), test.secret)) {
					t.Errorf("got %v, want %q", err, test.wrong)
				}
				var posts []string
				for _, m := range []string{"m1", "m2"} {
					if f.asked(m + post) {
						posts = append(posts, m)
					}
				}
				if diff := cmp.Diff(test.posts, posts); diff != "" || f.bodies["m1"+post] != test.body {
					t.Errorf("sent to: %s\n%s", diff, f.bodies["m1"+post])
				}
			})
		})
	}
}

// TestAdmitAddsTheCertificateThatTheJoinerHas lets a server in that is to join, also one that an earlier run let in.
func TestAdmitAddsTheCertificateThatTheJoinerHas(t *testing.T) {
	t.Parallel()
	step := plan.Step{Member: "node3", Op: plan.Op{Kind: plan.OpAdmit, Admit: &plan.Admit{Name: "web3"}}}
	for name, test := range map[string]struct {
		post  answer
		shown string
		wrong string
	}{
		"new":            {says("{}"), ownPEM(), ""},
		"there already":  {fails(drivers.Conflict, "Certificate already in trust store"), ownPEM(), ""},
		"refused":        {fails(drivers.Internal, "failed to notify peer"), ownPEM(), "failed to notify peer"},
		"no certificate": {says("{}"), "", "reading the certificate of web3: the daemon shows no certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shown, _ := json.Marshal(test.shown) // a text: cannot fail
			world := &fake{script: map[string]answer{postCert: test.post,
				"node3 GET /1.0": says(`{"environment":{"certificate":` + string(shown) + `}}`)}}
			_, err := runOne(t.Context(), joinEngine(world, ""), step)
			if (err == nil) != (test.wrong == "") || err != nil && !strings.Contains(err.Error(), test.wrong) {
				t.Errorf("got %v, want %q", err, test.wrong)
			}
			if test.shown == "" {
				return
			}
			want := map[string]any{"name": "web3", "type": "server", "certificate": "bm9kZTMncw=="}
			if diff := cmp.Diff(want, decode(t, world.bodies[postCert])); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestAdmittedJoinerIsNotAskedAgain has a server join that an earlier step of the run let in.
func TestAdmittedJoinerIsNotAskedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		world := joining("lxd")
		count := map[string]int{}
		for _, call := range []string{"node3 GET /1.0", postCert} {
			world.script[call] = spied(func(drivers.Call) { count[call]++ }, world.script[call])
		}
		join := joinStep(plan.TrustCertificate)
		join.ID, join.Needs = "join", []plan.StepID{"admit"}
		admit := plan.Step{ID: "admit", Member: "node3", Op: plan.Op{Kind: plan.OpAdmit, Admit: &plan.Admit{Name: "node3"}}}
		steps := &plan.Plan{Steps: []plan.Step{admit, join}}
		if _, err := joinEngine(world, "").Run(t.Context(), steps, &events{}); err != nil {
			t.Fatal(err)
		}
		if want := map[string]int{"node3 GET /1.0": 1, postCert: 1}; !maps.Equal(count, want) {
			t.Errorf("asked %v, want %v", count, want)
		}
		if sent := decode(t, world.bodies[putCluster]); sent["cluster_password"] != "" || sent["cluster_certificate"] != "the cluster's" {
			t.Errorf("sent %v", sent)
		}
	})
}

// TestWhoWasLetInAndDoesNotJoinIsShutOut lets a server in, and has a step fail in front of its join.
func TestWhoWasLetInAndDoesNotJoinIsShutOut(t *testing.T) {
	t.Parallel()
	entry := ownCertificate(t)
	for name, test := range map[string]struct {
		post, member answer
		fence        error
		out          bool
	}{
		"let in by this run":   {post: says("{}"), out: true},
		"there before":         {post: fails(drivers.Conflict, "Certificate already in trust store")},
		"stored, others down":  {post: fails(drivers.Internal, "failed to notify peer"), out: true},
		"a member meanwhile":   {post: says("{}"), member: says(`{"server_name":"node3"}`)},
		"no answer":            {post: says("{}"), member: fails(drivers.NoLeader, "no leader")},
		"somebody else's lock": {post: says("{}"), fence: ErrStopped},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world := joining("lxd")
			world.script[postCert] = test.post
			world.script["* GET "+entry] = says(`{"name":"node3","type":"server"}`)
			world.script["* DELETE "+entry] = says("{}")
			if test.member != nil {
				world.script["* GET "+membersPath+"/node3"] = test.member
			}
			engine, left := joinEngine(world, ""), 1
			engine.Fence = func(context.Context) error {
				if left--; left < 0 {
					return test.fence
				}
				return nil
			}
			join := joinStep(plan.TrustCertificate)
			join.ID, join.Needs = "join", []plan.StepID{"fails"}
			_, err := engine.Run(t.Context(), &plan.Plan{Steps: []plan.Step{
				{ID: "admit", Member: "node3", Op: plan.Op{Kind: plan.OpAdmit, Admit: &plan.Admit{Name: "node3"}}},
				{ID: "fails", Needs: []plan.StepID{"admit"}, Op: plan.Op{Kind: plan.OpRequest,
					Request: &plan.Request{Method: "POST", Path: "/1.0/none"}}}, join}}, &events{})
			if out := world.asked("* DELETE " + entry); err == nil || out != test.out {
				t.Errorf("it is taken out: %t, %v; want %t, and a failure", out, err, test.out)
			}
		})
	}
}

// TestRenamedServerIsLetInUnderItsNewName has the trust store know the joiner by another name, from a run that was
// killed.
func TestRenamedServerIsLetInUnderItsNewName(t *testing.T) {
	t.Parallel()
	entry := ownCertificate(t)
	for name, test := range map[string]struct {
		kind, old string
		member    answer
		again     bool
	}{
		"nobody has the name": {"server", "old3", fails(drivers.NotFound, "no"), true},
		"a member has it":     {"server", "old3", says(`{"server_name":"old3"}`), false},
		"its own name":        {"server", "node3", fails(drivers.NotFound, "no"), false},
		"that of a client":    {"client", "old3", fails(drivers.NotFound, "no"), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world := joining("lxd")
			world.script[postCert] = inTurn(fails(drivers.Conflict, "Certificate already in trust store"), says("{}"))
			world.script["* GET "+entry] = says(`{"name":"` + test.old + `","type":"` + test.kind + `"}`)
			world.script["* GET "+membersPath+"/"+test.old] = test.member
			world.script["* DELETE "+entry] = says("{}")
			step := plan.Step{Member: "node3", Op: plan.Op{Kind: plan.OpAdmit, Admit: &plan.Admit{Name: "node3"}}}
			_, err := runOne(t.Context(), joinEngine(world, ""), step)
			if again := world.asked("* DELETE " + entry); err != nil || again != test.again {
				t.Errorf("it is taken out: %t, %v; want %t", again, err, test.again)
			}
		})
	}
}

// TestWhoIsInAClusterIsNotLetIn has a server join after the plan was made: what it shows is the cluster's certificate.
func TestWhoIsInAClusterIsNotLetIn(t *testing.T) {
	t.Parallel()
	world := joining("lxd")
	world.script["node3 GET /1.0"] = says(`{"auth":"trusted","environment":{"server_clustered":true}}`)
	step := plan.Step{Member: "node3", Op: plan.Op{Kind: plan.OpAdmit, Admit: &plan.Admit{Name: "node3"}}}
	if _, err := runOne(t.Context(), joinEngine(world, ""), step); err != nil || world.asked(postCert) {
		t.Errorf("let in: %t, %v", world.asked(postCert), err)
	}
}
