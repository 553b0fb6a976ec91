package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/pollux-net/pollux/bench/internal/child"
	"github.com/pollux-net/pollux/bench/internal/lab"
	"github.com/pollux-net/pollux/bench/internal/peer"
	"github.com/pollux-net/pollux/internal/procfs"
)

const (
	settleTime = 500 * time.Millisecond // for the live connections, before anything is measured
	goneTime   = 3 * time.Second        // for the server to notice that the bad peers have gone
	askTimeout = 15 * time.Second
)

// runner goes through the scenarios, one server at a time.
type runner struct {
	opts options
	lab  *lab.Lab
}

// result is one server in one scenario.
type result struct {
	server        string
	failure       string
	before, after liveReport // without the bad peers, and with them
	end           liveReport // while they receive what they are owed
	outcome       outcome
	quiet, busy   float64 // processors that the server uses, before and with the bad peers
	grown         int64   // bytes: the most memory since before the bad peers
	left          int     // descriptors that the server has kept
}

func measureCommand(args []string) error {
	opts, err := parseOptions(args)
	if err != nil {
		return err
	}
	return lab.With(opts.Servers, func(l *lab.Lab) error {
		r := &runner{opts: opts, lab: l}
		return r.measure(os.Stdout)
	})
}

// measure prints every table as soon as it is complete, and a summary of all.
func (r *runner) measure(out io.Writer) error {
	var all summary
	for _, useTLS := range []bool{false, true} {
		if !r.opts.Wants(useTLS) {
			continue
		}
		for _, sc := range r.opts.scenarios {
			if useTLS && !sc.tls || !useTLS && !sc.plain {
				continue
			}
			results := r.scenario(sc, useTLS)
			if len(results) == 0 {
				continue // no server for this protocol was asked for
			}
			if err := writeTable(out, sc, useTLS, results); err != nil {
				return err
			}
			all.add(sc, useTLS, results)
		}
	}
	if len(all.servers) == 0 {
		return errors.New("none of these servers takes part in these scenarios")
	}
	if _, err := fmt.Fprintln(out); err != nil {
		return err
	}
	return errors.Join(all.write(out), all.check(r.opts.strict))
}

func (r *runner) scenario(sc scenario, useTLS bool) []result {
	var results []result
	for _, s := range r.opts.Speaking(useTLS) {
		res := result{server: s.Name}
		err := r.lab.Serve(s, 1, s.DefaultBuffer(), r.lab.Server, func(server *child.Child) error { return r.once(&res, server, s, sc) })
		if err != nil {
			res.failure = err.Error()
		}
		results = append(results, res)
	}
	return results
}

// once has the live connections there for as long as is measured.
func (r *runner) once(res *result, server *child.Child, s peer.Server, sc scenario) error {
	if sc.nofile > 0 {
		if err := limitDescriptors(server.PID(), sc.nofile); err != nil {
			return err
		}
	}
	live, err := child.Start(r.lab.Command("live", "-addr", server.Ready, "-tls="+strconv.FormatBool(s.TLS),
		"-conns", strconv.Itoa(sc.live)), r.lab.Client)
	if err != nil {
		return fmt.Errorf("live: %w", err)
	}
	defer func() { _ = live.Stop() }() // what it has to say is in its reports
	return r.compare(res, server, live, s, sc)
}

// compare measures without the bad peers and with them.
func (r *runner) compare(res *result, server, live *child.Child, s peer.Server, sc scenario) (err error) {
	pid := server.PID()
	time.Sleep(settleTime)
	if _, err = ask[liveReport](live, "report", askTimeout); err != nil {
		return err
	}
	descriptors, err := procfs.Descriptors(pid)
	if err != nil {
		return err
	}
	if res.quiet, err = r.busy(pid); err != nil {
		return err
	}
	if res.before, err = ask[liveReport](live, "report", askTimeout); err != nil {
		return err
	}
	memory, err := procfs.RSS(pid)
	if err != nil {
		return err
	}
	if err := procfs.ResetPeak(pid); err != nil {
		return err
	}
	if err := r.suffer(res, live, server, s, sc); err != nil {
		return err
	}
	peak, err := procfs.PeakRSS(pid)
	if err != nil {
		return err
	}
	res.grown = max(0, peak-memory)
	res.left, err = leftBehind(pid, descriptors)
	return err
}

// suffer is the time of the bad peers.
func (r *runner) suffer(res *result, live, server *child.Child, s peer.Server, sc scenario) error {
	bad, err := child.Start(r.lab.Command("bad", sc.name, "-addr", server.Ready, "-tls="+strconv.FormatBool(s.TLS),
		"-scale", strconv.FormatFloat(r.opts.scale, 'g', -1, 64), "-limit", r.opts.limit.String()), r.lab.Client)
	if err != nil {
		return fmt.Errorf("bad peers: %w", err)
	}
	defer func() { _ = bad.Stop() }() // the outcome says it all
	if res.busy, err = r.busy(server.PID()); err != nil {
		return err
	}
	if res.after, err = ask[liveReport](live, "report", askTimeout); err != nil {
		return err
	}
	if res.outcome, err = ask[outcome](bad, "finish", r.opts.limit+askTimeout); err != nil {
		return err
	}
	res.end, err = ask[liveReport](live, "report", askTimeout)
	return err
}

// busy is how much of a processor the server uses for a window.
func (r *runner) busy(pid int) (float64, error) {
	before, err := procfs.Read(pid)
	if err != nil {
		return 0, err
	}
	begin := time.Now()
	time.Sleep(r.opts.window)
	after, err := procfs.Read(pid)
	if err != nil {
		return 0, err
	}
	return after.Since(before).CPU.Seconds() / time.Since(begin).Seconds(), nil
}

// leftBehind waits for the server to have no more descriptors than it had.
func leftBehind(pid, had int) (left int, err error) {
	for end := time.Now().Add(goneTime); ; time.Sleep(10 * time.Millisecond) {
		n, err := procfs.Descriptors(pid)
		if err != nil || n <= had || time.Now().After(end) {
			return max(0, n-had), err
		}
	}
}

func ask[T any](c *child.Child, question string, limit time.Duration) (answer T, err error) {
	text, err := c.Ask(question, limit)
	if err != nil {
		return answer, err
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		return answer, fmt.Errorf("%q: %w", text, err)
	}
	return answer, nil
}
