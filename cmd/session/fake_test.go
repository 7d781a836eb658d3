package session

import (
	"strings"
	"time"

	"clusterctl/schema/kinds"
)

// testSession returns one with those environment variables, and nothing on standard input.
func testSession(vars map[string]string) *Session {
	return &Session{
		World: World{Version: "v1.2.3", Now: time.Now},
		Machine: Machine{In: strings.NewReader(""), Getenv: func(name string) (string, bool) {
			value, ok := vars[name]
			return value, ok
		}},
		Registry: kinds.Registry(), Limits: Limits{Timeout: time.Minute, Parallelism: 1}, Warn: func(error) {},
	}
}
