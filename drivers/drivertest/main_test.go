package drivertest

import (
	"flag"
	"fmt"
	"os"
	"testing"
)

// quickChecks is how many random pairs a property is tried with where -rapid.checks does not say.
const quickChecks = "15"

func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", quickChecks); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run()) // it parses the flags, which come after
}
