package pyselect

// Waits returns how many calls wait just now.
func Waits() int { return int(waits.Load()) }
