package drivers_test

import (
	"net/http"
	"testing"

	"clusterctl/drivers"
)

// TestLookingAllowsNothingThatChanges is about the calls; that each driver asks is shown where it is tested.
func TestLookingAllowsNothingThatChanges(t *testing.T) {
	t.Parallel()
	look, change := drivers.Looking(t.Context()), drivers.Changing(drivers.Looking(t.Context()))
	sql := func(text string) drivers.Call {
		return drivers.Call{Method: http.MethodPost, Path: drivers.SQLPath, Body: map[string]string{"database": "local", "query": text}}
	}
	for call, want := range map[*drivers.Call]bool{
		{Method: http.MethodGet, Path: "/1.0"}:                      true,
		{Method: http.MethodPost, Path: "/1.0/certificates"}:        false,
		{Method: http.MethodPut, Path: "/1.0/cluster"}:              false,
		{Method: http.MethodPatch, Path: "/1.0"}:                    false,
		{Method: http.MethodDelete, Path: "/1.0/profiles/x"}:        false,
		new(sql("SELECT name FROM nodes")):                          true,
		new(sql("DELETE FROM nodes")):                               false,
		new(sql("SELECT 1; DELETE FROM nodes")):                     false,
		new(sql("WITH x AS (SELECT 1) INSERT INTO nodes SELECT 1")): false,
	} {
		if got := call.Allowed(look) == nil; got != want {
			t.Errorf("%s %s %v: allowed %t, want %t", call.Method, call.Path, call.Body, got, want)
		}
		if call.Allowed(change) != nil || call.Allowed(t.Context()) != nil {
			t.Errorf("%s %s is refused where nobody only looks", call.Method, call.Path)
		}
	}
	for task, want := range map[drivers.Task]bool{drivers.TaskFind: true, drivers.TaskProduct: true, drivers.TaskShow: true,
		drivers.TaskFiles: true, drivers.TaskRead: true, drivers.TaskReady: true, drivers.TaskAddresses: true, drivers.TaskUser: true,
		drivers.TaskService: false, drivers.TaskArchive: false, drivers.TaskPack: false, drivers.TaskReplace: false,
		drivers.TaskFence: false, drivers.TaskRecover: false} {
		if got := (drivers.Command{Task: task}).Allowed(look) == nil; got != want {
			t.Errorf("%s: allowed %t, want %t", task, got, want)
		}
	}
}
