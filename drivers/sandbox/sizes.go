package sandbox

import (
	"fmt"
	"strconv"
	"strings"
)

// spelledBytes is the unit that LXD takes with the blank before it.
const spelledBytes = " bytes"

// byteUnits are the units of sizes (lxd 5.0.2, shared/units).
var byteUnits = map[string]int64{
	"": 1, "B": 1, spelledBytes: 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "PB": 1e15, "EB": 1e18,
	"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40, "PiB": 1 << 50, "EiB": 1 << 60,
}

// byteSize returns the bytes of a size such as 10GiB.
func byteSize(text string) (int64, error) {
	digits := strings.TrimRight(text, " abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
	if digits == "" {
		return 0, fmt.Errorf("Invalid value: %s", text)
	}
	number, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("Invalid integer: %s", digits)
	}
	unit, ok := byteUnits[text[len(digits):]]
	if !ok {
		return 0, fmt.Errorf("Unrecognised suffix: %s", text[len(digits):])
	}
	return number * unit, nil
}
