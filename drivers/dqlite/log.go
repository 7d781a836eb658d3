package dqlite

import (
	"fmt"

	"github.com/canonical/go-dqlite/client"
	"github.com/rs/zerolog"
)

// logTo passes go-dqlite's messages on at debug level: its warnings are about single attempts, and what matters of
// them comes back as an error.
func logTo(log *zerolog.Logger) client.LogFunc {
	return func(_ client.LogLevel, format string, args ...any) {
		log.Debug().Str("from", "dqlite").Msg(fmt.Sprintf(format, args...))
	}
}
