package render

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"clusterctl/cmd/session"
	"clusterctl/plan"
)

// metrics are written in Prometheus's text format, as the textfile collector of its node exporter reads them.
type metrics struct{ w io.Writer }

// gauge writes one metric: its values by their label, which is the empty text where there is none.
func (m metrics) gauge(name, help, label string, values map[string]float64) {
	fmt.Fprintf(m.w, "# HELP clusterctl_%s %s\n# TYPE clusterctl_%s gauge\n", name, help, name)
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if label == "" {
			fmt.Fprintf(m.w, "clusterctl_%s %v\n", name, values[key])
			continue
		}
		fmt.Fprintf(m.w, "clusterctl_%s{%s=%q} %v\n", name, label, clean(key), values[key])
	}
}

func (m metrics) count(name, help string, value int) {
	m.gauge(name, help, "", map[string]float64{"": float64(value)})
}

// PlanMetrics writes what of a plan a monitoring asks for: how far the cluster is from its preseed.
func PlanMetrics(w io.Writer, p *plan.Plan) {
	m, s := metrics{w}, p.Summary()
	m.gauge("plan_changes", "Objects that are not as the preseed says.", "action", map[string]float64{
		"create": float64(s.Create), "update": float64(s.Update), "delete": float64(s.Delete),
		"resume": float64(s.Resume), "rebuild": float64(s.Rebuild)})
	m.count("plan_steps", "Steps that would make them so.", s.Steps)
	m.count("plan_unseen", "What the preseed declares and nobody could look at.", len(p.Unseen))
	refused := 0
	if p.Refused() {
		refused = 1
	}
	m.count("plan_refused", "1 when a guard refuses the plan.", refused)
}

// StatusMetrics writes what of a status a monitoring asks for. What is not known is left out.
func StatusMetrics(w io.Writer, s session.Status) {
	m := metrics{w}
	states, ages := map[string]float64{}, map[string]float64{}
	for _, member := range s.Members {
		states[member.State]++
		if member.HeartbeatMS >= 0 {
			ages[member.Name] = float64(member.HeartbeatMS) / 1000
		}
	}
	m.gauge("members", "Members by their state.", "state", states)
	m.gauge("member_heartbeat_age_seconds", "Age of each member's last heartbeat.", "member", ages)
	if q := s.Cluster.Quorum; q.Known {
		m.count("voters", "Members that vote.", q.Voters)
		m.count("voters_online", "Voters that are online.", q.Online)
		m.count("quorum_margin", "Voters online beyond those that are needed; below 0 there is no quorum.", q.Online-q.Needed)
	}
}
