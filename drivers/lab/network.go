//go:build linux

package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

// name begins the names of the lab's links and namespaces: "lab3m" and its kin. A digit before the letter keeps slot 1
// apart from slot 11.
func (l *Lab) name(letter string) string { return l.Prefix + strconv.Itoa(l.slot) + letter }

func (l *Lab) makeBridge(ctx context.Context) error {
	bridge := l.name("br")
	return ip(ctx, "link add "+bridge+" type bridge",
		fmt.Sprintf("addr add %s.%d.1/24 dev %s", l.Net, l.slot, bridge), "link set "+bridge+" up",
	)
}

// makeNamespace makes the member's namespace with eth0 on the lab's bridge, and the unused links eth1 and up, whose
// other ends stay inside too.
func (m *Member) makeNamespace(ctx context.Context) error {
	if err := ip(ctx, "netns add "+m.Namespace); err != nil {
		return err
	}
	err := ip(ctx, fmt.Sprintf("link add %s type veth peer name eth0 netns %s", m.outside(), m.Namespace),
		fmt.Sprintf("link set %s master %s up", m.outside(), m.lab.name("br")),
	)
	if err != nil {
		return err
	}
	inside := []string{"addr add " + m.Address + "/24 dev eth0", "link set eth0 up", "link set lo up"}
	for n := 1; n <= m.lab.Links; n++ {
		inside = append(inside, fmt.Sprintf("link add eth%d type veth peer name peer%d", n, n),
			fmt.Sprintf("link set eth%d up", n), fmt.Sprintf("link set peer%d up", n))
	}
	return batch(ctx, []string{"-n", m.Namespace}, inside)
}

// outside is the name of the host side of the member's link.
func (m *Member) outside() string { return m.lab.name("v") + strconv.Itoa(m.Number) }

// namespaces lists the lab's namespaces.
func (l *Lab) namespaces() ([]string, error) {
	var list []struct{ Name string }
	if err := ipJSON(&list, "netns", "list"); err != nil {
		return nil, err
	}
	var names []string
	for _, n := range list {
		if strings.HasPrefix(n.Name, l.name("m")) {
			names = append(names, n.Name)
		}
	}
	return names, nil
}

// links lists the lab's links on the host, the bridge last.
func (l *Lab) links() ([]string, error) {
	var list []struct{ Ifname string }
	if err := ipJSON(&list, "link", "show"); err != nil {
		return nil, err
	}
	var names, bridges []string
	for _, link := range list {
		switch {
		case strings.HasPrefix(link.Ifname, l.name("v")):
			names = append(names, link.Ifname)
		case link.Ifname == l.name("br"):
			bridges = append(bridges, link.Ifname)
		}
	}
	return append(names, bridges...), nil
}

// ip runs commands of ip(8), one process for all.
func ip(ctx context.Context, commands ...string) error { return batch(ctx, nil, commands) }

func batch(ctx context.Context, flags, commands []string) error {
	cmd := exec.CommandContext(ctx, "ip", append(flags, "-batch", "-")...)
	cmd.Stdin = strings.NewReader(strings.Join(commands, "\n") + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("running ip %s: %w: %s", strings.Join(commands, "; "), err, out)
	}
	return nil
}

func ipJSON(into any, args ...string) error {
	out, err := exec.Command("ip", append([]string{"-json"}, args...)...).Output()
	if err != nil {
		return fmt.Errorf("running ip %s: %w", strings.Join(args, " "), err)
	}
	if len(out) == 0 { // what ip prints for an empty list of namespaces
		return nil
	}
	if err := json.Unmarshal(out, into); err != nil {
		return fmt.Errorf("running ip %s: %w", strings.Join(args, " "), err)
	}
	return nil
}
