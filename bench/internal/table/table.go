// Package table writes figures the way every table here does.
package table

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Figure keeps three digits, and all of them of large numbers.
func Figure(v float64) string {
	switch {
	case v >= 10_000:
		return strconv.FormatFloat(v/1000, 'f', 1, 64) + "k"
	case v >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	case v >= 0.1:
		return strconv.FormatFloat(v, 'f', 2, 64)
	default:
		return strconv.FormatFloat(v, 'f', 3, 64)
	}
}

// Align sets columns two spaces apart. A row may be shorter or longer than the
// header; the last cell of a row never widens its column.
func Align(rows [][]string) string {
	var widths []int
	for _, cells := range rows {
		for i, cell := range cells[:len(cells)-1] {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, cells := range rows {
		for i, cell := range cells {
			b.WriteString(cell)
			if i < len(cells)-1 {
				b.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2))
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// Percent is a part of 1 in words.
func Percent(part float64) string { return strconv.FormatFloat(100*part, 'f', 0, 64) + " %" }

// Size is a number of bytes in words.
func Size(bytes int) string {
	if bytes >= 1024 && bytes%1024 == 0 {
		return strconv.Itoa(bytes/1024) + " KB"
	}
	return strconv.Itoa(bytes) + " B"
}

// Plural is a number of things in words.
func Plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// Ints is a list with commas.
func Ints(list []int) string {
	words := make([]string, len(list))
	for i, n := range list {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, ",")
}

// ParseInts reads a list with commas of numbers that are least at least.
func ParseInts(text string, least int) ([]int, error) {
	var list []int
	for word := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil {
			return nil, err
		}
		if n < least {
			return nil, fmt.Errorf("%d is less than %d", n, least)
		}
		list = append(list, n)
	}
	return list, nil
}
