package main

import (
	"log/slog"
	"time"

	"github.com/pollux-net/pollux/reactor"
)

// logging are the flags of a server's log.
type logging struct {
	Verbose bool   `short:"v" help:"Log connections, and at the end what the loops have done: --log-level debug."`
	Level   string `name:"log-level" enum:"debug,info,warn,error" default:"warn" help:"The least that is logged to standard error: ${enum}."`
	Format  string `name:"log-format" enum:"text,json" default:"text" help:"How: ${enum}."`
}

// logger is the log that the flags ask for.
func (l *logging) logger(env *environment) *slog.Logger {
	if l.Verbose {
		l.Level = "debug"
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(l.Level)); err != nil {
		panic(err) // the parser knows them all
	}
	if l.Format == "json" {
		return slog.New(slog.NewJSONHandler(env.stderr, &slog.HandlerOptions{Level: level}))
	}
	return env.textLog(level, true)
}

// logger writes steps to standard error with the time since it was made, if
// that is wanted.
func (env *environment) logger(verbose bool) *slog.Logger {
	if !verbose {
		return slog.New(slog.DiscardHandler)
	}
	return env.textLog(slog.LevelDebug, false)
}

// textLog writes lines to standard error, with the time since it was made.
func (env *environment) textLog(least slog.Level, levels bool) *slog.Logger {
	start := reactor.Now()
	return slog.New(slog.NewTextHandler(env.stderr, &slog.HandlerOptions{
		Level: least,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			switch {
			case len(groups) > 0:
			case a.Key == slog.TimeKey:
				return slog.Duration("t", time.Duration(reactor.Now()-start))
			case a.Key == slog.LevelKey && !levels:
				return slog.Attr{}
			}
			return a
		},
	}))
}
