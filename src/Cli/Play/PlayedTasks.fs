/// Tasks that are being played for pages. Each page has a connection by which steps come; by further requests it asks for steps,
/// and for a place of the goal.
namespace MtrlFunctional.Cli.Play

open System.Collections.Concurrent
open System.Threading
open System.Threading.Channels
open System.Threading.Tasks
open Microsoft.AspNetCore.Http
open MtrlFunctional.Training
open MtrlFunctional.Cli.Pages

type PlayedTasks() =
    let played = ConcurrentDictionary<string, bool * ChannelWriter<Wish>>()
    let mutable count = 0

    /// Plays a task for a page until the page is closed.
    member _.Play
        (start: unit -> Rollout)
        (context: HttpContext)
        (stopping: CancellationToken)
        : Task =
        let address = $"served/{Interlocked.Increment &count}"
        let wishes = Channel.CreateUnbounded<Wish>()

        task {
            let begun (rollout: Rollout) =
                played[address] <- (rollout.Environments.GoalBody(0).HasValue, wishes.Writer)
                address

            try
                do! ServedTask.send start begun wishes.Reader context stopping
            finally
                played.TryRemove address |> ignore
        }

    /// Answers a request for steps by the address of a played task; none: no such task is being played.
    member _.Ask (context: HttpContext) (address: string) : Task option =
        match played.TryGetValue address with
        | true, (hasGoal, wishes) ->
            match Wish.read hasGoal context.Request.Query with
            | Ok wish ->
                wishes.TryWrite wish |> ignore
                Some(PageAnswer.status context StatusCodes.Status204NoContent)
            | Error what -> Some(PageAnswer.explain context StatusCodes.Status400BadRequest what)
        | _ -> None
