package memdb

import (
	"bytes"
	"database/sql/driver"
	"encoding/json"
	"net/netip"
	"regexp"
	"strings"
	"sync"

	"modernc.org/sqlite"
)

// functions adds what SQLite lacks to all databases of the process: text REGEXP pattern (in Go's syntax), and
// ip_family(text), which is 4 or 6 for an address, a subnet or a range of addresses, and NULL for anything else, and
// ip_within(address, subnet), which is NULL where either is none; and go_json(text), which is JSON as Go writes it,
// with &, < and > escaped.
var functions = sync.OnceFunc(func() {
	texts := func(name string, count int32, fn func(args []string) driver.Value) {
		sqlite.MustRegisterDeterministicScalarFunction(name, count,
			func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
				words := make([]string, len(args))
				for i, arg := range args {
					switch arg := arg.(type) {
					case string:
						words[i] = arg
					case nil:
						return nil, nil
					}
				}
				return fn(words), nil
			})
	}
	texts("regexp", 2, func(args []string) driver.Value {
		pattern, err := regexp.Compile(args[0])
		return err == nil && pattern.MatchString(args[1])
	})
	texts("ip_family", 1, func(args []string) driver.Value { return family(args[0]) })
	texts("go_json", 1, func(args []string) driver.Value {
		var out bytes.Buffer
		json.HTMLEscape(&out, []byte(args[0]))
		return out.String()
	})
	texts("ip_within", 2, func(args []string) driver.Value {
		address, err := netip.ParseAddr(args[0])
		subnet, wrong := netip.ParsePrefix(args[1])
		if err != nil || wrong != nil {
			return nil
		}
		return subnet.Contains(address)
	})
})

func family(text string) driver.Value {
	first, last, isRange := strings.Cut(text, "-")
	address, err := netip.ParseAddr(first)
	if isRange && err == nil {
		_, err = netip.ParseAddr(last)
	}
	if prefix, isPrefix := netip.ParsePrefix(text); isPrefix == nil {
		address, err = prefix.Addr(), nil
	}
	switch {
	case err != nil:
		return nil
	case address.Is4():
		return int64(4)
	}
	return int64(6)
}
