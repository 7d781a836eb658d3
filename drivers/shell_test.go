package drivers_test

import (
	"strings"
	"testing"

	"clusterctl/drivers"
)

// TestIncusIsAskedByItsDaemon: `incus admin cluster` would ask whether to go on, whatever it is told.
func TestIncusIsAskedByItsDaemon(t *testing.T) {
	t.Parallel()
	service, known := drivers.ServiceOf("/var/lib/incus")
	if !known || service.Binary != drivers.IncusDaemon {
		t.Errorf("got %+v, %t, want the daemon itself", service, known)
	}
	text, err := drivers.Command{Task: drivers.TaskRecover, Binary: service.Binary, Folder: "/var/lib/incus"}.Script()
	if err != nil || !strings.Contains(text, "PATH=$PATH:/usr/libexec/incus") || !strings.HasSuffix(text, "; incusd cluster recover-from-quorum-loss -q") {
		t.Errorf("got %q, %v", text, err)
	}
	text, err = drivers.Command{Task: drivers.TaskRecover, Binary: "lxd", Folder: "/var/lib/lxd"}.Script()
	if err != nil || strings.Contains(text, "PATH=") || !strings.HasSuffix(text, "; lxd cluster recover-from-quorum-loss -q") {
		t.Errorf("got %q, %v", text, err)
	}
}

// TestIncusIsUpgradedWithoutItsMetapackage: the package incus need not be installed, and apt would do nothing then.
func TestIncusIsUpgradedWithoutItsMetapackage(t *testing.T) {
	t.Parallel()
	service, _ := drivers.ServiceOf("/var/lib/incus")
	if !strings.HasSuffix(service.Upgrade, "--only-upgrade incus incus-base incus-client") {
		t.Errorf("got %q", service.Upgrade)
	}
	if text := service.UpgradeTo("1:6.0.4"); !strings.HasSuffix(text, "--only-upgrade incus=1:6.0.4 incus-base=1:6.0.4 incus-client=1:6.0.4") {
		t.Errorf("got %q", text)
	}
}

// TestSnapsDaemonIsReloaded: its service is stopped with all instances, and only a running daemon can be reloaded.
func TestSnapsDaemonIsReloaded(t *testing.T) {
	t.Parallel()
	service, _ := drivers.ServiceOf("/var/snap/lxd/common/lxd")
	if !strings.HasSuffix(service.Restart, "\nsystemctl reload snap.lxd.daemon.service") || !strings.Contains(service.Restart, "lxd.pid") || !service.StopsInstances {
		t.Errorf("got %+v", service)
	}
	if text := service.UpgradeTo("5.21/stable"); text != "snap refresh lxd --cohort=+ --channel=5.21/stable" {
		t.Errorf("got %q", text)
	}
	if deb, _ := drivers.ServiceOf("/var/lib/lxd"); deb.StopsInstances {
		t.Error("Debian's package is said to stop instances")
	}
}
