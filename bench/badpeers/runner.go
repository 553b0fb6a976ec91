package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"time"

	"github.com/pollux-net/pollux/bench/internal/child"
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
	opts     options
	self     string // this program
	programs *peer.Programs
	server   []int // processors
	client   []int
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
	cpus, err := child.AllowedCPUs()
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "badpeers")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	r := &runner{opts: opts, self: self}
	if r.programs, err = peer.Build(self, opts.servers, dir); err != nil {
		return err
	}
	r.server, r.client = child.Placement(1, cpus)
	return r.measure(os.Stdout)
}

// measure prints every table as soon as it is complete, and a summary of all.
func (r *runner) measure(out io.Writer) error {
	var all summary
	for _, useTLS := range []bool{false, true} {
		if r.opts.tls != nil && *r.opts.tls != useTLS {
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
	for _, s := range r.opts.servers {
		if s.TLS != useTLS {
			continue
		}
		res, err := result{}, r.programs.Absent(s)
		if err == nil {
			res, err = r.once(s, sc)
		}
		if err != nil {
			res.failure = err.Error()
		}
		res.server = s.Name
		results = append(results, res)
	}
	return results
}

// once starts a server and the live connections, and stops them.
func (r *runner) once(s peer.Server, sc scenario) (res result, err error) {
	buffer := peer.PlainBuffer
	if s.TLS {
		buffer = peer.TLSBuffer
	}
	server, err := child.Start(r.programs.Command(s, 1, buffer), r.server)
	if err != nil {
		return res, fmt.Errorf("server: %w", err)
	}
	defer func() {
		if stopErr := server.Stop(); err == nil && stopErr != nil {
			err = fmt.Errorf("the server ended badly: %w", stopErr)
		}
	}()
	if sc.nofile > 0 {
		if err := limitDescriptors(server.PID(), sc.nofile); err != nil {
			return res, err
		}
	}
	live, err := child.Start(r.command("live", "-addr", server.Ready, "-tls="+strconv.FormatBool(s.TLS),
		"-conns", strconv.Itoa(sc.live)), r.client)
	if err != nil {
		return res, fmt.Errorf("live: %w", err)
	}
	defer func() { _ = live.Stop() }() // what it has to say is in its reports
	return r.compare(server, live, s, sc)
}

func (r *runner) command(args ...string) *exec.Cmd {
	cmd := exec.Command(r.self, args...)
	cmd.Env = child.Env()
	return cmd
}

// compare measures without the bad peers and with them.
func (r *runner) compare(server, live *child.Child, s peer.Server, sc scenario) (res result, err error) {
	pid := server.PID()
	time.Sleep(settleTime)
	if _, err = ask[liveReport](live, "report", askTimeout); err != nil {
		return res, err
	}
	descriptors, err := procfs.Descriptors(pid)
	if err != nil {
		return res, err
	}
	if res.quiet, err = r.busy(pid); err != nil {
		return res, err
	}
	if res.before, err = ask[liveReport](live, "report", askTimeout); err != nil {
		return res, err
	}
	memory, err := procfs.RSS(pid)
	if err != nil {
		return res, err
	}
	if err := procfs.ResetPeak(pid); err != nil {
		return res, err
	}
	if err := r.suffer(&res, live, server, s, sc); err != nil {
		return res, err
	}
	peak, err := procfs.PeakRSS(pid)
	if err != nil {
		return res, err
	}
	res.grown = max(0, peak-memory)
	res.left, err = leftBehind(pid, descriptors)
	return res, err
}

// suffer is the time of the bad peers.
func (r *runner) suffer(res *result, live, server *child.Child, s peer.Server, sc scenario) error {
	bad, err := child.Start(r.command("bad", sc.name, "-addr", server.Ready, "-tls="+strconv.FormatBool(s.TLS),
		"-scale", strconv.FormatFloat(r.opts.scale, 'g', -1, 64), "-limit", r.opts.limit.String()), r.client)
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
