namespace MtrlFunctional.Cli.Bench

open System
open System.IO
open MtrlFunctional.Cli.Display

/// Times of a workload from several rounds. Workloads alternate within a round, so that load from other
/// programs affects all of them alike.
module Sample =
    /// Median; NaN for an empty list.
    let median (xs: float list) =
        match List.sort xs with
        | [] -> nan
        | sorted ->
            let n = sorted.Length
            (sorted[(n - 1) / 2] + sorted[n / 2]) / 2.0

    let least (xs: float list) = List.fold min infinity xs

/// Results of a benchmark: numbers by JSON key, and lines for the terminal.
type Findings = {
    Numbers: (string * float) list
    Texts: (string * string) list
    /// Printed unchanged, in this order.
    Lines: string list
}

module Findings =
    let concat (parts: Findings list) = {
        Numbers = parts |> List.collect _.Numbers
        Texts = parts |> List.collect _.Texts
        Lines = parts |> List.collect _.Lines
    }

/// Time, memory and load of this process and machine.
module Machine =
    /// Runs the body; returns its wall-clock time in milliseconds.
    let timed body =
        let start = Diagnostics.Stopwatch.GetTimestamp()
        body ()
        Diagnostics.Stopwatch.GetElapsedTime(start).TotalMilliseconds

    /// Wall-clock and CPU milliseconds of this process. CPU time excludes other programs.
    let cpuTimed body =
        let before = Environment.CpuUsage.TotalTime
        let time = timed body
        time, (Environment.CpuUsage.TotalTime - before).TotalMilliseconds

    /// Load average of the last minute; NaN where unknown.
    let private load () =
        let file = "/proc/loadavg"

        if File.Exists file then
            float ((File.ReadAllText file).Split ' ' |> Array.head)
        else
            nan

    /// The processor, its load, and the peak of this process's resident memory.
    let findings () =
        let load = load ()

        let memory =
            float (Diagnostics.Process.GetCurrentProcess().PeakWorkingSet64) / 1048576.0

        {
            Numbers = [ "load", load; "peakMemoryMiB", memory ]
            Texts = [ "processor", MtrlFunctional.Tensors.Processor.ModelName ]
            Lines = [
                $"  load average of the last minute: %.1f{load} on {Environment.ProcessorCount} processors"
                $"  peak memory of this process: {Format.number memory} MiB"
            ]
        }
