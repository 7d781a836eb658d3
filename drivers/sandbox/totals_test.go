package sandbox_test

import (
	"testing"

	"clusterctl/drivers/sandbox"
)

// TestLimitsBelowTheTotalAreRefused has calls about the limits of a project, and what LXD 5.0.2 says to them.
func TestLimitsBelowTheTotalAreRefused(t *testing.T) {
	t.Parallel()
	const (
		features = `{"config":{"features.images":"true","features.storage.volumes":"true","features.profiles":"false"`
		says     = `500 "limits.`
		change   = "PUT /1.0/projects/lim " + features + ","
	)
	runCalls(t, sandbox.Config{Members: 1}, []string{
		`POST /1.0/storage-pools {"name":"local","driver":"dir"}`, "",
		`POST /1.0/projects {"name":"lim",` + features[1:] + `}}`, "",
		`PUT /1.0/profiles/default {"devices":{"root":{"type":"disk","path":"/","pool":"local","size":"5GiB"}},
			"config":{"limits.memory":"1536MiB","limits.cpu":"2"}}`, "",
		`POST /1.0/instances?project=lim {"name":"a","source":{"type":"none"},"config":{"limits.processes":"10"}}`, "",
		`POST /1.0/instances?project=lim {"name":"b","source":{"type":"none"},"type":"virtual-machine",
			"config":{"limits.processes":"20"}}`, "",
		change + `"limits.memory":"2GiB"}}`, says + `memory" is too low: current total is "3.0GiB"`,
		change + `"limits.cpu":"3"}}`, says + `cpu" is too low: current total is "4"`,
		change + `"limits.processes":"29"}}`, says + `processes" is too low: current total is "30"`,
		change + `"limits.disk":"10GiB"}}`, says + `disk" is too low: current total is "10.1GiB"`,
		change + `"limits.memory":"3GiB","limits.cpu":"4","limits.processes":"30"}}`, "",
		change + `"limits.cpu":""}}`, "",
		`POST /1.0/storage-pools/local/volumes/custom?project=lim {"name":"v"}`, "",
		change + `"limits.disk":"20GiB"}}`,
		`500 Custom volume "v" in project "lim" has no "size" config set`,
		`PATCH /1.0/storage-pools/local/volumes/custom/v?project=lim {"config":{"size":"512MiB"}}`, "",
		change + `"limits.disk":"10500MiB"}}`, says + `disk" is too low: current total is "10.6GiB"`,
		change + `"limits.disk":"11GiB"}}`, "",
	})
}
