package kinds

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// The checks below say what is wrong with a value in the daemon's words (lxd 5.0.2,
// shared/validate/validate.go and lxd/cluster/config/config.go), or "" when nothing is. Except where a
// comment says so they are only asked about values that are not empty.

// checkOf returns the check that the tables of keys call by that word: one of [checks], "A|B|C" for one of several
// texts, "LOW..HIGH" for a number between them, "list:WORD" for a comma separated list. It panics on a word that
// nobody knows.
func checkOf(word string) func(string) string {
	if check, ok := checks[word]; ok {
		return check
	}
	if item, ok := strings.CutPrefix(word, "list:"); ok {
		return listOf(checkOf(item))
	}
	if first, last, ok := strings.Cut(word, ".."); ok {
		low, errLow := strconv.ParseInt(first, 10, 64)
		if high, errHigh := strconv.ParseInt(last, 10, 64); errLow == nil && errHigh == nil {
			return between(low, high)
		}
	}
	if texts := strings.Split(word, "|"); len(texts) > 1 {
		return oneOf(texts...)
	}
	panic("kinds: no check is called " + word)
}

// checks are the single words of checkOf.
var checks = map[string]func(string) string{
	"interface": interfaceName, "external": externalInterface, "mtu": mtu, "vlan": vlan,
	"mac": form(`^([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}$`,
		"Invalid MAC address, must be 6 bytes of hex separated by colons"),
	"ip": address(0), "ipv4": address(4), "ipv6": address(6), "address4": addressIn(4), "address6": addressIn(6),
	"bridge4": or(addressIn(4), "none", "auto"), "bridge6": or(addressIn(6), "none", "auto"),
	"subnet4": subnet(4), "subnet6": subnet(6),
	"range4": addressRange(4), "range6": addressRange(6), "fan": or(subnet(4), "auto"),
	"octal": form(`^[0-7]+$`, "Invalid value for an octal file mode"), "vlan-or-none": or(vlan, "none"),
	"hex4":  form(`^[0-9a-f]{4}$`, "Invalid value, must be four lower case hex characters"),
	"pci":   form(`^([0-9a-fA-F]{4}:)?[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\.[0-9a-fA-F]$`, "Invalid PCI address"),
	"proxy": form(`^(tcp|udp):.+:[0-9,-]+$|^unix:.+$`, "An address is PROTOCOL:ADDRESS:PORT or unix:PATH"),
	"allowance": form(`^[0-9]+%$|^[0-9]+ms/[0-9]+ms$`,
		"An allowance is a share, such as 50%, or a time, such as 25ms/100ms"),
	"schedule": form(`^(@(hourly|daily|midnight|weekly|monthly|annually|yearly|startup|never)|[^ @]+( [^ ]+){4})(, *(@[a-z]+|[^ @]+( [^ ]+){4}))*$`,
		"Schedule must be of the form: <minute> <hour> <day-of-month> <month> <day-of-week>"),
	"uint32": uint32Value,
	"expiry": form(`^(\d+[SMHdwmy])( \d+[SMHdwmy])*$`,
		"Invalid expiry expression {} (want for example 3H or 2d 12H)"),
	"cpus":         form(`^[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*$`, "Invalid CPU limit syntax"),
	"memory":       memory,
	"ipv4-or-none": or(address(4), "none"), "ipv6-or-none": or(address(6), "none"),
	"voters": number("Value is not a number", "Value must be an odd number equal to or higher than 3",
		func(n int64) bool { return n >= 3 && n%2 == 1 }),
	"standby": number("Value is not a number", "Value must be between 0 and 5", within(0, 5)),
	"offline": number("Offline threshold is not a number", "Value must be greater than '10'", // whatever the manual says
		func(n int64) bool { return n > 10 }),
	"replicas": number("Minimal image replica count is not a number", "Invalid value for image replica count",
		func(n int64) bool { return n >= 1 || n == -1 }),
	"rebalance": number("Value is not a number", "Value must be between 10 and 100",
		// incus 6.0.4, rebalanceThresholdValidator
		within(10, 100)),
}

// better are the corrections of values that a check refuses.
var better = map[string]func(string) string{"voters": oddNeighbours, "address4": masked, "address6": masked,
	"bridge4": masked, "bridge6": masked, "uint32": func(string) string { return "write a whole number from 0 on" }}

// oddNeighbours names the odd numbers beside an even one.
func oddNeighbours(value string) string {
	n, err := strconv.Atoi(value)
	if err != nil || n%2 != 0 || n < 4 {
		return ""
	}
	return fmt.Sprintf("write %d or %d", n-1, n+1)
}

// number wants a number that is right, with the daemon's words for what is none and for one that is not.
func number(none, wrong string, right func(int64) bool) func(string) string {
	return func(value string) string {
		n, err := strconv.ParseInt(value, 10, 64)
		switch {
		case err != nil:
			return about(none, value)
		case !right(n):
			return about(wrong, value)
		}
		return ""
	}
}

func oneOf(allowed ...string) func(string) string {
	return func(value string) string {
		if slices.Contains(allowed, value) {
			return ""
		}
		return fmt.Sprintf("Invalid value %q (not one of %s)", value, strings.Join(allowed, ", "))
	}
}

func between(low, high int64) func(string) string {
	return number("Invalid value for an integer {}",
		fmt.Sprintf("Value isn't within valid range. Must be between %d and %d", low, high), within(low, high))
}

func within(low, high int64) func(int64) bool {
	return func(n int64) bool { return n >= low && n <= high }
}

// form wants a value that looks like that.
func form(pattern, wrong string) func(string) string {
	looks := regexp.MustCompile(pattern)
	return func(value string) string {
		if looks.MatchString(value) {
			return ""
		}
		return about(wrong, value)
	}
}

// about puts a value into the words about it, quoted.
func about(words, value string) string { return strings.ReplaceAll(words, "{}", strconv.Quote(value)) }

func uint32Value(value string) string {
	if _, err := strconv.ParseUint(value, 10, 32); err != nil {
		return fmt.Sprintf("Invalid value for uint32 %q", value)
	}
	return ""
}

// listOf applies a check to each item of a comma separated list.
func listOf(check func(string) string) func(string) string {
	return func(value string) string {
		for item := range strings.SplitSeq(value, ",") {
			item = strings.TrimSpace(item)
			if wrong := check(item); wrong != "" {
				return fmt.Sprintf("Item %q: %s", item, wrong)
			}
		}
		return ""
	}
}

// or takes words beside what a check takes.
func or(check func(string) string, words ...string) func(string) string {
	return func(value string) string {
		if slices.Contains(words, value) {
			return ""
		}
		return check(value)
	}
}

var interfaceForm = regexp.MustCompile(`^[-_a-zA-Z0-9.]+$`)

var memoryForm = regexp.MustCompile(`^[0-9]*[1-9][0-9]*(%|B| bytes|[kMGTPE]B|[KMGTPE]iB)?$`)

func memory(value string) string {
	if !memoryForm.MatchString(value) {
		return "Invalid value: " + value
	}
	return ""
}

var vlan = number("Invalid VLAN ID {}", "Out of VLAN ID range (0-4094) {}", within(0, 4094))

func interfaceName(value string) string {
	switch {
	case len(value) < 2:
		return "Network interface is too short (minimum 2 characters)"
	case len(value) > 15:
		return "Network interface is too long (maximum 15 characters)"
	case !interfaceForm.MatchString(value):
		return "Network interface contains invalid characters"
	}
	return ""
}

func mtu(value string) string {
	n, err := strconv.ParseUint(value, 10, 32)
	switch {
	case err != nil:
		return fmt.Sprintf("Invalid MTU %q", value)
	case n < 1280 || n > 16384:
		return fmt.Sprintf("Out of MTU range (1280-16384) %q", value)
	}
	return ""
}
