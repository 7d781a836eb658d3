package render_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"clusterctl/apply"
	"clusterctl/cmd/render"
	"clusterctl/plan"
)

func TestFailedJoinSaysWhatIsLeftAndWhatToDo(t *testing.T) {
	t.Parallel()
	failed := func(join apply.JoinError) error {
		join.Member, join.Address, join.Err = "node3", "10.0.0.3:8443", errors.New("not authorized")
		return apply.StepError{Step: plan.Step{Title: "Join node3"}, Err: &join}
	}
	refused := failed(apply.JoinError{TokenCancelled: true, CertificateRemoved: true, End: apply.JoinOver})
	half := failed(apply.JoinError{Left: apply.Leftovers{Pending: true, Database: 1}, End: apply.JoinUnended})
	listed := failed(apply.JoinError{Left: apply.Leftovers{Listed: true, Lost: []string{"storage pool spare",
		"network br1"}}, End: apply.JoinOver})
	const want = `Join node3: joining node3: not authorized
  tidied up: the join token has been cancelled
  tidied up: the certificate of node3 has been removed from the trust store
  left behind: node3 may keep core.https_address and cluster.https_address set; a new join overwrites them
  next: mend the cause and apply again
Join node3: joining node3: not authorized
  left behind: a pending row for node3 in the cluster's table nodes
  left behind: node3 has a database of the cluster, so it can neither join again nor work alone
  left behind: node3 may keep core.https_address and cluster.https_address set; a new join overwrites them
  next: start the daemon of node3 if it is dead, and apply again: it goes on by itself, or the plan says what stands in the way (docs/joins.md, A join that did not end)
Join node3: joining node3: not authorized
  lost: storage pool spare, network br1 went with the join that failed, on all members; the next plan makes again what the preseed has
  left behind: node3 is listed as a member of the cluster
  next: apply again once it is Online; it continues from what the database says
the run was stopped`
	all := fmt.Errorf("%w", errors.Join(refused, half, listed, errors.New("the run was stopped")))
	if got := render.ErrorText(all); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for end := apply.JoinUnended; end <= apply.JoinHangs; end++ {
		text := render.ErrorText(failed(apply.JoinError{Left: apply.Leftovers{Pending: true, Database: 1}, End: end}))
		for _, advice := range []string{"rm -rf", "remove-raft-node", "DELETE FROM", "--force"} {
			if strings.Contains(text, advice) {
				t.Errorf("a join that may heal is answered with %q:\n%s", advice, text)
			}
		}
	}
}
