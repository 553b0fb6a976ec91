package main

import (
	"log/slog"
	"time"

	"github.com/pollux-net/pollux/reactor"
)

// logger writes steps to standard error with the time since it was made, if
// that is wanted.
func (env *environment) logger(verbose bool) *slog.Logger {
	if !verbose {
		return slog.New(slog.DiscardHandler)
	}
	start := reactor.Now()
	return slog.New(slog.NewTextHandler(env.stderr, &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			switch {
			case len(groups) > 0:
			case a.Key == slog.TimeKey:
				return slog.Duration("t", time.Duration(reactor.Now()-start))
			case a.Key == slog.LevelKey:
				return slog.Attr{}
			}
			return a
		},
	}))
}
