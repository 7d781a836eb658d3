package cmd

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/rs/zerolog"
)

// withLog puts the logger that the global flags ask for into the context. It is off unless a level or a file is
// given. The returned function closes the file.
func withLog(ctx context.Context, stderr io.Writer, level, file string) (context.Context, func(), error) {
	if level == "" {
		level = "off"
		if file != "" {
			level = "info"
		}
	}
	if level == "off" {
		return zerolog.Nop().WithContext(ctx), func() {}, nil
	}
	parsed, err := zerolog.ParseLevel(level)
	if err != nil || parsed == zerolog.NoLevel {
		return nil, nil, usage("The levels are off, error, warn, info, debug and trace.", "unknown log level %q", level)
	}
	out, done := stderr, func() {}
	if file != "" {
		f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, nil, fmt.Errorf("opening the log: %w", err)
		}
		out, done = &cleaner{to: f}, func() { _ = f.Close() } // nothing is left to tell it to
	}
	return zerolog.New(out).Level(parsed).With().Timestamp().Logger().WithContext(ctx), done, nil
}
