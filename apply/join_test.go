package apply

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"clusterctl/drivers"
	"clusterctl/plan"
)

const (
	putCluster   = "node3 PUT /1.0/cluster"
	listMembers  = "* GET /1.0/cluster/members"
	joinOp       = "node3 GET /1.0/operations/9"
	postCert     = "* POST /1.0/certificates"
	deleteToken  = "* DELETE /1.0/operations/5"
	mintToken    = "* POST /1.0/cluster/members"
	twoMembers   = `[{"server_name":"node2","url":"https://10.0.0.2:8443","status":"Online","roles":[]},{"server_name":"node1","url":"https://10.0.0.1:8443","status":"Online","roles":["database-leader","database"]}]`
	threeMembers = `[{"server_name":"node3","url":"https://10.0.0.3:8443","status":"Online","roles":[]}]`
	tokenAnswer  = `{"id":"5","status_code":103,"metadata":{"serverName":"node3","secret":"5ecret","fingerprint":"f1","addresses":["10.0.0.1:8443"],"expiresAt":"2026-11-23T10:44:25Z"}}`
)

// ownPEM and ownFingerprint are the joiner's certificate, whose content nobody reads.
func ownPEM() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("node3's")}))
}

func ownCertificate(t *testing.T) string {
	t.Helper()
	c, err := readCertificate(ownPEM())
	if err != nil {
		t.Fatal(err)
	}
	return "/1.0/certificates/" + c.Fingerprint
}

// members answers both forms of the list of members: the full one of two, the names after the listing.
func members(names ...answer) answer {
	short := inTurn(names...)
	return func(ctx context.Context, c drivers.Call) (drivers.Reply, error) {
		if c.Query["recursion"] != "" {
			return says(twoMembers)(ctx, c)
		}
		return short(ctx, c)
	}
}

func names(list ...string) answer {
	for i := range list {
		list[i] = membersPath + "/" + list[i]
	}
	text, _ := json.Marshal(list) // of texts: cannot fail
	return says(string(text))
}

// joining is a world in which node3 joins node1 and node2 without any trouble.
func joining(product string, extensions ...string) *fake {
	list, _ := json.Marshal(append([]string{}, extensions...)) // of texts: cannot fail
	joiner, _ := json.Marshal(ownPEM())
	return &fake{script: map[string]answer{
		listMembers:              members(names("node1", "node2"), names("node1", "node2", "node3")),
		"node3 GET /1.0":         says(fmt.Sprintf(`{"api_extensions":%s,"environment":{"server":%q,"certificate":%s}}`, list, product, joiner)),
		"* GET /1.0":             says(`{"environment":{"certificate":"the cluster's"}}`),
		"node3 GET /1.0/cluster": says(`{"enabled":false}`),
		mintToken:                starts("/1.0/operations/5", tokenAnswer),
		postCert:                 says("{}"),
		putCluster:               starts("/1.0/operations/9", "{}"),
		joinOp:                   says(`{"status_code":103}`),
	}}
}

func joinStep(trust plan.Trust) plan.Step {
	return plan.Step{Member: "node3", Op: plan.Op{Kind: plan.OpJoin, Join: &plan.Join{
		Name: "node3", Address: "10.0.0.3:8443", Trust: trust, Password: "member/node3/cluster_password"}}}
}

func joinEngine(world *fake, secret string) *Engine {
	return &Engine{Backend: world, Secret: func(string) (string, error) { return secret, nil }}
}

func TestJoinSendsWhatItsDaemonTakes(t *testing.T) {
	t.Parallel()
	minted := base64.StdEncoding.EncodeToString([]byte(`{"server_name":"node3","fingerprint":"f1","addresses":["10.0.0.1:8443"],"secret":"5ecret","expires_at":"2026-11-23T10:44:25Z"}`))
	tests := map[string]struct {
		product    string
		extensions []string
		trust      plan.Trust
		secret     string
		want       map[string]string
	}{
		"token, LXD 5.0":           {"lxd", nil, plan.TrustToken, "", map[string]string{"cluster_password": minted}},
		"token, newer LXD":         {"lxd", []string{"explicit_trust_token"}, plan.TrustToken, "", map[string]string{"cluster_token": minted}},
		"token, Incus":             {"incus", nil, plan.TrustToken, "", map[string]string{"cluster_token": minted}},
		"password":                 {"lxd", []string{"explicit_trust_token"}, plan.TrustPassword, "sesame", map[string]string{"cluster_password": "sesame"}},
		"the preseed's own token":  {"incus", nil, plan.TrustPassword, minted, map[string]string{"cluster_token": minted}},
		"certificate":              {"lxd", nil, plan.TrustCertificate, "", map[string]string{"cluster_password": ""}},
		"certificate, newer Incus": {"incus", nil, plan.TrustCertificate, "", map[string]string{"cluster_password": ""}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				world := joining(test.product, test.extensions...)
				got, err := runOne(t.Context(), joinEngine(world, test.secret), joinStep(test.trust))
				if err != nil {
					t.Fatal(err)
				}
				want := map[string]any{"server_name": "node3", "enabled": true, "server_address": "10.0.0.3:8443",
					"cluster_address": "10.0.0.1:8443", "cluster_certificate": "the cluster's", "member_config": []any{}}
				for key, value := range test.want {
					want[key] = value
				}
				if sent := decode(t, world.bodies[putCluster]); !maps.EqualFunc(sent, want, func(a, b any) bool { return fmt.Sprint(a) == fmt.Sprint(b) }) {
					t.Errorf("sent %v\nwant %v", sent, want)
				}
				if text := fmt.Sprintf("%+v", got); strings.Contains(text, minted) || strings.Contains(text, "5ecret") {
					t.Errorf("the token shows in %s", text)
				}
			})
		})
	}
}

func TestJoinIsNotTriedTwice(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change map[string]answer
		want   string
	}{
		"a member already":      {map[string]answer{listMembers: says(threeMembers)}, ""},
		"the name is taken":     {map[string]answer{listMembers: says(strings.ReplaceAll(threeMembers, "10.0.0.3", "10.0.0.7"))}, "Do it: the cluster has a member node3 at 10.0.0.7:8443 already: give the one at 10.0.0.3:8443 another name, or remove that member first"},
		"in another cluster":    {map[string]answer{"node3 GET /1.0/cluster": says(`{"enabled":true,"server_name":"old"}`)}, `Do it: the server is already part of a cluster, as "old", and this one does not list it: see docs/joins.md (A join that did not end), or correct its connection`},
		"nobody to ask is left": {map[string]answer{listMembers: says(strings.ReplaceAll(twoMembers, "Online", "Offline"))}, "Do it: no member of the cluster is Online"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				world := joining("lxd")
				maps.Copy(world.script, test.change)
				_, err := runOne(t.Context(), joinEngine(world, ""), joinStep(plan.TrustToken))
				if situation(err) != test.want {
					t.Errorf("got %v, want %q", err, test.want)
				}
				if world.asked(putCluster) || world.asked(mintToken) {
					t.Errorf("calls %q", world.calls)
				}
			})
		})
	}
}

// TestJoinWaitsForSomebodyToAsk has a leader that is late with its round of heartbeats.
func TestJoinWaitsForSomebodyToAsk(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		world := joining("lxd")
		late := says(strings.ReplaceAll(twoMembers, "Online", "Offline"))
		world.script[listMembers] = inTurn(late, late, world.script[listMembers])
		if _, err := runOne(t.Context(), joinEngine(world, ""), joinStep(plan.TrustToken)); err != nil {
			t.Error(err)
		}
		if !world.asked(putCluster) {
			t.Errorf("calls %q", world.calls)
		}
	})
}

// The token is known for sure only where it was made: there the join enters. If it is not known all the same, another is
// made, once.
func TestJoinEntersWhereItsTokenWasMade(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		world := joining("lxd")
		made := strings.Replace(tokenAnswer, `{"id":"5"`, `{"id":"5","location":"node2"`, 1)
		world.script[mintToken] = starts("/1.0/operations/5", made)
		world.script[joinOp] = inTurn(says(`{"status_code":400,"err":"No matching cluster join operation found"}`), says(`{"status_code":200}`))
		world.script[listMembers] = members(names("node1", "node2"), names("node1", "node2"), names("node1", "node2", "node3"))
		world.script["node3 POST /internal/sql"] = says(`{"Results":[{"type":"select","rows":[]}]}`)
		if _, err := runOne(t.Context(), joinEngine(world, ""), joinStep(plan.TrustToken)); err != nil {
			t.Error(err)
		}
		asked, minted := 0, 0
		for _, call := range world.calls {
			if call == putCluster {
				asked++
			}
			if call == mintToken {
				minted++
			}
		}
		if asked != 2 || minted != 2 || !strings.Contains(world.bodies[putCluster], `"cluster_address":"10.0.0.2:8443"`) {
			t.Errorf("asked %d times with %d tokens: %s", asked, minted, world.bodies[putCluster])
		}
	})
}

// TestCertificateThatIsNotKnownIsAddedAgain has the member that was told of a joiner's certificate not know it, once or
// for good.
func TestCertificateThatIsNotKnownIsAddedAgain(t *testing.T) {
	t.Parallel()
	entry := ownCertificate(t)
	refused := says(`{"status_code":400,"err":"Failed to update cluster trust: ` + certificateUnknown +
		`: not authorized"}`)
	for name, test := range map[string]struct {
		second answer
		fails  bool
		out    int
	}{
		"once":     {says(`{"status_code":200}`), false, 1},
		"for good": {refused, true, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				world, count := joining("lxd"), map[string]int{}
				world.script["* GET "+entry] = says(`{"name":"node3","type":"server"}`)
				world.script["* DELETE "+entry] = says("{}")
				world.script[joinOp] = inTurn(refused, test.second)
				world.script[listMembers] = members(names("node1", "node2"), names("node1", "node2"),
					names("node1", "node2", "node3"))
				world.script["node3 POST /internal/sql"] = says(`{"Results":[{"type":"select","rows":[]}]}`)
				for _, call := range []string{postCert, "* DELETE " + entry, putCluster} {
					world.script[call] = spied(func(drivers.Call) { count[call]++ }, world.script[call])
				}
				_, err := runOne(t.Context(), joinEngine(world, ""), joinStep(plan.TrustCertificate))
				want := map[string]int{postCert: 2, "* DELETE " + entry: test.out, putCluster: 2}
				if (err != nil) != test.fails || !maps.Equal(count, want) {
					t.Errorf("asked %v, want %v; %v", count, want, err)
				}
			})
		})
	}
}

// A join is over for the next one once the leader lists the member, unless that was slow: then at its end.
func TestSlowJoinIsWaitedForToItsEnd(t *testing.T) {
	t.Parallel()
	for listed, want := range map[time.Duration]time.Duration{time.Second: time.Second,
		8 * time.Second: 20 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			world, began := joining("lxd"), time.Now()
			since := func(d time.Duration, before, then answer) answer {
				return func(ctx context.Context, c drivers.Call) (drivers.Reply, error) {
					if time.Since(began) < d {
						return before(ctx, c)
					}
					return then(ctx, c)
				}
			}
			all := strings.TrimSuffix(threeMembers, "]") + "," + strings.TrimPrefix(twoMembers, "[")
			then := func(ctx context.Context, c drivers.Call) (drivers.Reply, error) {
				if c.Query["recursion"] != "" {
					return says(all)(ctx, c)
				}
				return names("node1", "node2", "node3")(ctx, c)
			}
			world.script[listMembers] = since(listed, members(names("node1", "node2")), then)
			world.script[joinOp] = since(20*time.Second, says(`{"status_code":103}`), says(`{"status_code":200}`))
			if _, err := runOne(t.Context(), joinEngine(world, ""), joinStep(plan.TrustToken)); err != nil {
				t.Error(err)
			}
			if took := time.Since(began); took < want || took > want+time.Second {
				t.Errorf("listed after %s: the step took %s, want %s", listed, took, want)
			}
		})
	}
}

func TestRefusedJoinCancelsItsToken(t *testing.T) {
	t.Parallel()
	world := joining("lxd")
	world.script[putCluster] = fails(drivers.Invalid, "No server address provided for this member")
	world.script[deleteToken] = says("{}")
	_, err := runOne(t.Context(), joinEngine(world, ""), joinStep(plan.TrustToken))
	want := `Do it: joining node3: PUT /1.0/cluster: No server address provided for this member
  token cancelled
  database -1
  end 2`
	if situation(err) != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestJoinThatWasNotAskedForLeavesNothing(t *testing.T) {
	t.Parallel()
	world := joining("lxd")
	world.script[mintToken] = starts("/1.0/operations/5", `{"metadata":{"serverName":"node3"}}`)
	world.script[deleteToken] = says("{}")
	_, err := runOne(t.Context(), joinEngine(world, ""), joinStep(plan.TrustToken))
	if !strings.HasPrefix(errorOf(err), "Do it: reading the join token for node3: the operation has no ") || !world.asked(deleteToken) || world.asked(putCluster) {
		t.Errorf("got %v and calls %q", err, world.calls)
	}
}

func TestFailedJoinSaysWhatIsLeft(t *testing.T) {
	t.Parallel()
	refused := says(`{"description":"Joining cluster","status_code":400,"err":"not authorized"}`)
	sql := func(rows string) answer { return says(`{"Results":[{"type":"select","rows":` + rows + `}]}`) }
	certificate := ownCertificate(t)
	tests := map[string]struct {
		change map[string]answer
		want   string
	}{
		"before the cluster took it": {
			map[string]answer{joinOp: refused, "* GET " + certificate: says(`{"name":"node3","type":"server"}`), "* DELETE " + certificate: says("{}"),
				"node3 POST /internal/sql": sql(`[]`), "* POST /internal/sql": sql(`[["node4"]]`)},
			`Do it: joining node3: Joining cluster: not authorized
  certificate removed
  end 2`,
		},
		"somebody else's certificate stays": {
			map[string]answer{joinOp: refused, "* GET " + certificate: says(`{"name":"ops","type":"client"}`), "* POST /internal/sql": sql(`[["node3"]]`)},
			`Do it: joining node3: Joining cluster: not authorized
  pending
  database -1
  end 2`,
		},
		"a member all the same": {
			map[string]answer{joinOp: refused, listMembers + "/node3": says(`{"server_name":"node3","url":"https://10.0.0.3:8443"}`)},
			`Do it: joining node3: Joining cluster: not authorized
  listed
  end 2`,
		},
		"with half a database": {
			map[string]answer{joinOp: refused, "* GET " + certificate: says(`{"name":"node3","type":"server"}`), "node3 POST /internal/sql": sql(`[["10.0.0.1:8443"]]`)},
			`Do it: joining node3: Joining cluster: not authorized
  database 1
  end 2`,
		},
		"the daemon is gone": {
			map[string]answer{joinOp: fails(drivers.Unreachable, "connection refused"), "* GET " + certificate: says(`{"name":"node3","type":"server"}`)},
			`Do it: joining node3: the daemon stopped answering during the join: GET /1.0/operations/9: connection refused
  database -1
  end 1`,
		},
		"never listed": {
			map[string]answer{joinOp: inTurn(says(`{"status_code":103}`), fails(drivers.NotFound, "Operation not found"))},
			`Do it: joining node3: the join has ended and the leader does not list the member
  database -1
  end 1`,
		},
		"hung": {
			map[string]answer{"node3 GET /1.0/cluster": inTurn(says(`{"enabled":false}`), after(time.Hour, says("{}")))},
			`Do it: joining node3: the join hangs: its operation still runs after 25s and GET /1.0/cluster on the joiner gave no answer for 5s
  database -1
  end 4`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				world := joining("lxd")
				world.script[listMembers] = members(names("node1", "node2"))
				maps.Copy(world.script, test.change)
				_, err := runOne(t.Context(), joinEngine(world, ""), joinStep(plan.TrustCertificate))
				if situation(err) != test.want {
					t.Errorf("got  %v\nwant %s", err, test.want)
				}
				if got := world.asked("* DELETE " + certificate); got != strings.Contains(test.want, "certificate removed") {
					t.Errorf("certificate removed: %v", got)
				}
			})
		})
	}
}

func TestSettleWaitsForTheMemberToBeOnline(t *testing.T) {
	t.Parallel()
	offline := says(strings.ReplaceAll(threeMembers, "Online", "Offline"))
	tests := map[string]struct {
		list, operation answer
		want            string
	}{
		"at once":                  {says(threeMembers), says(`{"status_code":200}`), ""},
		"after a while":            {inTurn(offline, fails(drivers.Internal, "busy"), says(`[]`), says(threeMembers)), inTurn(says(`{"status_code":103}`), says(`{"status_code":200}`)), ""},
		"operation forgotten":      {says(threeMembers), fails(drivers.NotFound, "Operation not found"), ""},
		"joiner not seen meantime": {says(threeMembers), fails(drivers.Certificate, "another certificate"), ""},
		"joiner dead": {says(threeMembers), fails(drivers.Unreachable, "connection refused"),
			`Do it: joining node3: the daemon stopped answering during the join: GET /1.0/operations/9: connection refused
  database -1
  end 1`},
		"never Online": {offline, says(`{"status_code":200}`),
			"Do it: waiting for node3 to be Online: no end after 3m0s (last answer: it is Offline); look at `lxc cluster list` on a member of the cluster and at the log of node3 (/var/log/lxd/lxd.log or /var/snap/lxd/common/lxd/logs/lxd.log), then apply again"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				world := joining("lxd")
				world.script[listMembers] = first(members(names("node3")), 2, test.list)
				world.script[joinOp] = test.operation
				step := plan.Step{ID: "settle", Title: "Do it", Member: "node3", Needs: []plan.StepID{"join"}, Op: plan.Op{Kind: plan.OpSettle, Settle: &plan.Settle{Name: "node3"}}}
				join := joinStep(plan.TrustToken)
				join.ID = "join"
				_, err := joinEngine(world, "").Run(t.Context(), &plan.Plan{Steps: []plan.Step{join, step}}, &events{})
				if text := strings.Replace(situation(err), "node3: waiting", "waiting", 1); text != test.want {
					t.Errorf("got  %v\nwant %s", err, test.want)
				}
			})
		})
	}
}

// first gives n answers of one kind, then those of another.
func first(a answer, n int, then answer) answer {
	return func(ctx context.Context, c drivers.Call) (drivers.Reply, error) {
		if n--; n >= 0 {
			return a(ctx, c)
		}
		return then(ctx, c)
	}
}

func TestBootstrap(t *testing.T) {
	t.Parallel()
	const put, patch, get = "node1 PUT /1.0/cluster", "node1 PATCH /1.0", "node1 GET /1.0/cluster"
	config := map[string]string{"core.https_address": "10.0.0.1:8443", "cluster.https_address": "10.0.0.1:8443"}
	offline, online := says(`[{"server_name":"node1","status":"Offline"}]`), says(`[{"server_name":"node1","status":"Online"}]`)
	alone, enabled := says(`{"enabled":false}`), says(`{"enabled":true,"server_name":"node1"}`)
	tests := map[string]struct {
		cluster, wait answer
		want          string
		calls         []string
	}{
		"a standalone server": {inTurn(alone, fails(drivers.Certificate, "another certificate"), alone, enabled), says(`{"status_code":200}`), "",
			[]string{get, "node1 GET /1.0", patch, put, "node1 GET /1.0/operations/2/wait", get, listMembers, get, listMembers}},
		"done before": {enabled, nil, "", []string{get}},
		"another member": {says(`{"enabled":true,"server_name":"old"}`), nil,
			`Do it: the server is already part of a cluster, as "old": reach another server for node1, or remove this one from its cluster`, []string{get}},
		"the operation fails": {alone, says(`{"description":"Creating bootstrap node","status_code":400,"err":"No cluster.https_address config is set on this member"}`),
			"Do it: node1: Creating bootstrap node: No cluster.https_address config is set on this member", nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				world := &fake{script: map[string]answer{get: test.cluster, "node1 GET /1.0": says(`{"config":{"core.https_address":"10.0.0.1:8443"}}`), patch: says("{}"),
					put: starts("/1.0/operations/2", "{}"), "node1 GET /1.0/operations/2/wait": test.wait, listMembers: inTurn(offline, online)}}
				_, err := runOne(t.Context(), &Engine{Backend: world}, plan.Step{Member: "node1", Op: plan.Op{Kind: plan.OpBootstrap, Bootstrap: &plan.Bootstrap{Name: "node1", Config: config}}})
				if situation(err) != test.want {
					t.Errorf("got  %v\nwant %s", err, test.want)
				}
				if test.calls != nil && !slices.Equal(world.calls, test.calls) {
					t.Errorf("calls %q", world.calls)
				}
				if body := world.bodies[patch]; body != "" && body != `{"config":{"cluster.https_address":"10.0.0.1:8443"}}` {
					t.Errorf("set %s", body)
				}
			})
		})
	}
}

// situation is the error with what a join that failed has left, one thing per line.
func situation(err error) string {
	text := errorOf(err)
	var join *JoinError
	if !errors.As(err, &join) {
		return text
	}
	for _, s := range []struct {
		is   bool
		line string
	}{{join.TokenCancelled, "token cancelled"}, {join.CertificateRemoved, "certificate removed"}, {join.Left.Listed, "listed"}, {join.Left.Pending, "pending"}} {
		if s.is {
			text += "\n  " + s.line
		}
	}
	if join.Left.Database != 0 && !join.Left.Listed {
		text += fmt.Sprintf("\n  database %d", join.Left.Database)
	}
	if join.Left.Silent {
		text += "\n  the cluster does not answer"
	}
	return text + fmt.Sprintf("\n  end %d", join.End)
}

func TestLossOfAFailedJoinIsNamed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		world := joining("lxd")
		world.script["* GET /1.0/storage-pools"] = inTurn(says(`[{"name":"local","driver":"dir"},{"name":"spare","driver":"dir"}]`),
			says(`[{"name":"local","driver":"dir"}]`))
		world.script["* GET /1.0/networks"] = inTurn(says(`[{"name":"br0","managed":true},{"name":"br1","managed":true},{"name":"eth7"}]`),
			says(`[{"name":"br0","managed":true}]`))
		world.script[joinOp] = says(`{"status_code":400,"err":"Joining member has no config for network bad"}`)
		_, err := runOne(t.Context(), joinEngine(world, ""), joinStep(plan.TrustToken))
		var join *JoinError
		if want := []string{"storage pool spare", "network br1"}; !errors.As(err, &join) || !slices.Equal(join.Left.Lost, want) {
			t.Errorf("got %+v, want that %q are lost", err, want)
		}
	})
}

// TestLossIsMeasuredFromTheFirstJoin has a join that is tried twice, and takes a pool along the first time.
func TestLossIsMeasuredFromTheFirstJoin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		world := joining("lxd")
		world.script["* GET /1.0/storage-pools"] = inTurn(says(`[{"name":"spare","driver":"dir"}]`), says(`[]`))
		world.script["* GET /1.0/networks"] = says(`[]`)
		world.script[listMembers] = members(names("node1", "node2"))
		world.script["node3 POST /internal/sql"] = says(`{"Results":[{"type":"select","rows":[]}]}`)
		world.script[joinOp] = inTurn(says(`{"status_code":400,"err":"`+tokenUnknown+`"}`),
			says(`{"status_code":400,"err":"Joining member has no config for network bad"}`))
		_, err := runOne(t.Context(), joinEngine(world, ""), joinStep(plan.TrustToken))
		var join *JoinError
		if !errors.As(err, &join) || !slices.Equal(join.Left.Lost, []string{"storage pool spare"}) {
			t.Errorf("got %+v, want that the pool spare is lost", err)
		}
	})
}

// TestSettleLetsTheJoinerTellTheEnd has a join whose end is heard of by one question that waits, not by many.
func TestSettleLetsTheJoinerTellTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		world := joining("lxd")
		world.script[listMembers] = first(members(names("node3")), 2, says(threeMembers))
		asked, ended := 0, time.Now().Add(900*time.Millisecond)
		world.script[joinOp+"/wait"] = after(900*time.Millisecond, says(`{"status_code":200}`))
		world.script[joinOp] = spied(func(drivers.Call) { asked++ }, says(`{"status_code":200}`))
		join := joinStep(plan.TrustToken)
		join.ID = "join"
		settle := plan.Step{ID: "settle", Member: "node3", Needs: []plan.StepID{"join"},
			Op: plan.Op{Kind: plan.OpSettle, Settle: &plan.Settle{Name: "node3"}}}
		_, err := joinEngine(world, "").Run(t.Context(), &plan.Plan{Steps: []plan.Step{join, settle}}, &events{})
		if err != nil || asked != 1 || time.Now().Before(ended) {
			t.Errorf("asked %d times until %s, %v; want once, at the end %s", asked, time.Now(), err, ended)
		}
	})
}
