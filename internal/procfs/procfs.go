// Package procfs reads what Linux says about processes and the machine, see
// proc(5).
package procfs

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is USER_HZ, the unit of /proc/stat and /proc/PID/stat. It is 100 on
// every architecture Go runs on, whatever the kernel's own HZ is (proc(5)).
const tick = time.Second / 100

// Accounts is what the kernel says a process has used.
type Accounts struct {
	user, system time.Duration // in ticks: good for a proportion
	tasks        map[int]task  // by thread id
}

// task is one thread: exact time on a processor, and how often it left one.
type task struct {
	onCPU    time.Duration
	switches int64
}

// Read reads the accounts of a process.
func Read(pid int) (Accounts, error) {
	root := filepath.Join("/proc", strconv.Itoa(pid))
	stat, err := os.ReadFile(filepath.Join(root, "stat"))
	if err != nil {
		return Accounts{}, err
	}
	a := Accounts{tasks: map[int]task{}}
	if a.user, a.system, err = parseStat(stat); err != nil {
		return Accounts{}, err
	}
	entries, err := os.ReadDir(filepath.Join(root, "task"))
	if err != nil {
		return Accounts{}, err
	}
	for _, entry := range entries {
		tid, err := strconv.Atoi(entry.Name())
		if err != nil {
			return Accounts{}, err
		}
		t, err := readTask(filepath.Join(root, "task", entry.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue // it has ended since the folder was listed
		}
		if err != nil {
			return Accounts{}, err
		}
		a.tasks[tid] = t
	}
	return a, nil
}

func readTask(folder string) (task, error) {
	schedstat, err := os.ReadFile(filepath.Join(folder, "schedstat"))
	if err != nil {
		return task{}, err
	}
	status, err := os.ReadFile(filepath.Join(folder, "status"))
	if err != nil {
		return task{}, err
	}
	onCPU, err := parseSchedstat(schedstat)
	if err != nil {
		return task{}, err
	}
	switches, err := parseSwitches(status)
	return task{onCPU: onCPU, switches: switches}, err
}

// Usage is the difference between two accounts of one process.
type Usage struct {
	CPU, User, System time.Duration
	Switches          int64
}

// Since is exact as long as no thread has ended: the kernel forgets its
// schedstat with it, and the ticks are all there is then.
func (a Accounts) Since(before Accounts) Usage {
	var u Usage
	for tid, t := range a.tasks {
		old := before.tasks[tid]
		u.CPU += t.onCPU - old.onCPU
		u.Switches += t.switches - old.switches
	}
	user, system := a.user-before.user, a.system-before.system
	for tid := range before.tasks {
		if _, alive := a.tasks[tid]; !alive {
			u.CPU = user + system
			break
		}
	}
	if user+system > 0 {
		u.User = time.Duration(float64(u.CPU) * float64(user) / float64(user+system))
	}
	u.System = u.CPU - u.User
	return u
}

// parseStat reads utime and stime, fields 14 and 15 of /proc/PID/stat. The
// second field is the program's name in parentheses and may hold anything.
func parseStat(stat []byte) (user, system time.Duration, err error) {
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 13 {
		return 0, 0, fmt.Errorf("stat: %d fields after the name", len(fields))
	}
	ticks, err := parseInts(fields[11:13])
	if err != nil {
		return 0, 0, fmt.Errorf("stat: %w", err)
	}
	return time.Duration(ticks[0]) * tick, time.Duration(ticks[1]) * tick, nil
}

// parseSchedstat reads the first field: nanoseconds on a processor.
func parseSchedstat(schedstat []byte) (time.Duration, error) {
	fields := bytes.Fields(schedstat)
	if len(fields) < 3 {
		return 0, fmt.Errorf("schedstat: %q", schedstat)
	}
	ns, err := parseInts(fields[:1])
	if err != nil {
		return 0, fmt.Errorf("schedstat: %w", err)
	}
	return time.Duration(ns[0]), nil
}

// parseSwitches adds both kinds of context switches in /proc/PID/status.
func parseSwitches(status []byte) (int64, error) {
	var sum int64
	found := 0
	for line := range bytes.Lines(status) {
		name, value, _ := strings.Cut(string(line), ":")
		if name != "voluntary_ctxt_switches" && name != "nonvoluntary_ctxt_switches" {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("status: %w", err)
		}
		sum += n
		found++
	}
	if found != 2 {
		return 0, fmt.Errorf("status: %d of 2 context switch lines", found)
	}
	return sum, nil
}

func parseInts(fields [][]byte) ([]int64, error) {
	values := make([]int64, len(fields))
	for i, field := range fields {
		n, err := strconv.ParseInt(string(field), 10, 64)
		if err != nil {
			return nil, err
		}
		values[i] = n
	}
	return values, nil
}
