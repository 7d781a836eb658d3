package sandbox

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// checkForward refuses what the daemon refuses of a forward into a network of that configuration.
func checkForward(network map[string]string, forward forward) error {
	listen, err := netip.ParseAddr(forward.ListenAddress)
	if err != nil {
		return errors.New("Invalid listen address")
	}
	key := "ipv4.address"
	if listen.Is6() {
		key = "ipv6.address"
	}
	_, subnet, err := net.ParseCIDR(network[key])
	if err != nil {
		subnet = nil // it has none of its own: nothing is checked
	}
	for _, key := range sortedKeys(forward.Config) {
		if key != "target_address" && !strings.HasPrefix(key, "user.") {
			return fmt.Errorf("Invalid option %q", key)
		}
	}
	if text := forward.Config["target_address"]; text != "" {
		target, err := netip.ParseAddr(text)
		switch {
		case err != nil:
			return errors.New("Invalid default target address")
		case target.Is4() != listen.Is4():
			return errors.New("Cannot mix IP versions in listen address and default target address")
		case subnet != nil && !subnet.Contains(target.AsSlice()):
			return errors.New("Default target address is not within the network subnet")
		}
	}
	taken := map[string][]int64{}
	for i, port := range forward.Ports {
		if err := checkForwardTarget(i, port, listen, subnet, forward.Config["target_address"]); err != nil {
			return err
		}
		if err := checkForwardPorts(i, port, taken); err != nil {
			return err
		}
	}
	return nil
}

func checkForwardTarget(i int, port forwardPort, listen netip.Addr, subnet *net.IPNet, fallback string) error {
	target, err := netip.ParseAddr(port.TargetAddress)
	switch {
	case port.Protocol != "tcp" && port.Protocol != "udp":
		return fmt.Errorf("Invalid port protocol in port specification %d, protocol must be one of: tcp, udp", i)
	case err != nil:
		return fmt.Errorf("Invalid target address in port specification %d", i)
	case target.String() == fallback:
		return fmt.Errorf("Target address is same as default target address in port specification %d", i)
	case target.Is4() != listen.Is4():
		return fmt.Errorf("Cannot mix IP versions in listen address and port specification %d target address", i)
	case subnet != nil && !subnet.Contains(target.AsSlice()):
		return fmt.Errorf("Target address is not within the network subnet in port specification %d", i)
	}
	return nil
}

// checkForwardPorts checks the numbers, and notes in taken those that are listened to.
func checkForwardPorts(i int, port forwardPort, taken map[string][]int64) error {
	if len(names(port.ListenPort)) == 0 {
		return fmt.Errorf("Missing listen port in port specification %d", i)
	}
	listened, err := portNumbers(port.ListenPort)
	if err != nil {
		return fmt.Errorf("Invalid listen port in port specification %d: %w", i, err)
	}
	for _, number := range listened {
		if slices.Contains(taken[port.Protocol], number) {
			return fmt.Errorf("Duplicate listen port %d for protocol %q in port specification %d", number, port.Protocol, i)
		}
		taken[port.Protocol] = append(taken[port.Protocol], number)
	}
	targets, err := portNumbers(port.TargetPort)
	switch {
	case err != nil:
		return fmt.Errorf("Invalid target port in port specification %d", i)
	case len(targets) > 1 && len(targets) != len(listened):
		return fmt.Errorf("Mismatch of listen port(s) and target port(s) count in port specification %d", i)
	}
	return nil
}

// portNumbers are the ports of a list such as 80,8000-8010.
func portNumbers(list string) ([]int64, error) {
	var out []int64
	for _, part := range names(list) {
		from, to, isRange := strings.Cut(part, "-")
		first, err := strconv.ParseInt(from, 10, 32)
		if err != nil {
			return nil, err
		}
		last := first
		if isRange {
			if last, err = strconv.ParseInt(to, 10, 32); err != nil {
				return nil, err
			}
		}
		for number := first; number <= min(last, 65535); number++ {
			out = append(out, number)
		}
	}
	return out, nil
}
