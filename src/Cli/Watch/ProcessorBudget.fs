/// How much processor time a process may use, so that whoever asks it for work cannot slow others down.
namespace MtrlFunctional.Cli.Watch

open System
open System.Diagnostics
open System.Threading
open System.Threading.Tasks

/// What may be used.
type BudgetLimits = {
    /// Processor time per time, such as 0.02 for 2 % of one processor.
    Rate: float
    /// What may be saved up by using less, and is there at the start.
    Most: TimeSpan
    /// Longest wait, after which work goes on in any case.
    LongestWait: TimeSpan
}

/// The processor time that is left at some moment.
type Balance = {
    /// Below zero: used too early.
    Left: TimeSpan
    /// Since the start.
    At: TimeSpan
    /// By then.
    Used: TimeSpan
}

module Balance =
    /// At the start: all that may be saved up.
    let start limits used = { Left = limits.Most; At = TimeSpan.Zero; Used = used }

    /// The balance at a later moment, when this much has been used since the start. What the longest wait cannot
    /// pay back is forgotten: one large piece of work does not delay many small ones later.
    let next limits at used balance =
        let left = balance.Left + limits.Rate * (at - balance.At) - (used - balance.Used)

        {
            Left = left |> min limits.Most |> max (-limits.Rate * limits.LongestWait)
            At = at
            Used = used
        }

    /// How long to wait until it is not below zero.
    let wait limits balance =
        if balance.Left >= TimeSpan.Zero then
            TimeSpan.Zero
        else
            -balance.Left / limits.Rate

/// Delays work while the process has used more than its share: a hundredth of the machine's processors and five
/// seconds. Thread-safe.
type ProcessorBudget(limits: BudgetLimits, used: unit -> TimeSpan) =
    let start = Stopwatch.GetTimestamp()
    let balance = ref (Balance.start limits (used ()))

    /// Of this process. Its start and the first page of a run take two to three seconds of processor time, once: most of
    /// it compiles code. A page that had to wait for them would stay empty for half a minute.
    static member OfProcess() =
        let limits = {
            Rate = 0.01 * float Environment.ProcessorCount
            Most = TimeSpan.FromSeconds 5.0
            LongestWait = TimeSpan.FromSeconds 30.0
        }

        ProcessorBudget(limits, fun () -> Environment.CpuUsage.TotalTime)

    /// Does work that somebody asked for, which delays no other.
    member _.Grant(work: unit -> 'a) : 'a =
        let before = used ()

        try
            work ()
        finally
            lock balance (fun () ->
                balance.Value <- {
                    balance.Value with
                        Used = balance.Value.Used + used () - before
                })

    /// Ends at once, or when the work that follows is within the budget.
    member _.Wait(stopping: CancellationToken) : Task =
        let wait =
            lock balance (fun () ->
                let at = Stopwatch.GetElapsedTime start
                balance.Value <- Balance.next limits at (used ()) balance.Value
                Balance.wait limits balance.Value)

        if wait > TimeSpan.Zero then
            Task.Delay(wait, stopping)
        else
            Task.CompletedTask
