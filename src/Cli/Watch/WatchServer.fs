namespace MtrlFunctional.Cli.Watch

open System
open System.IO
open System.Net
open System.Threading
open System.Threading.Tasks
open Microsoft.AspNetCore.Http
open Microsoft.AspNetCore.Http.HttpResults
open MtrlFunctional
open MtrlFunctional.Cli.Pages
open MtrlFunctional.Cli.Play
open MtrlFunctional.Cli.Results

type WatchOptions = {
    /// Loopback, unless another address was named.
    Address: IPAddress
    /// 0: any free one.
    Port: int
    /// What answers and looks at files may cost; none: no limit.
    Budget: ProcessorBudget option
}

/// The live page of the runs below a folder: reads nothing but the files of runs, which it never writes.
/// Dispose ends all connections.
type WatchServer(root: string, options: WatchOptions) =
    let mostStreams = 64

    /// Points of a curve: more than a page has pixels.
    let capacity = 400

    let store = RunStore(root, capacity)

    let wait stopping : Task =
        match options.Budget with
        | Some budget -> budget.Wait stopping
        | None -> Task.CompletedTask

    let grant (work: unit -> 'a) : 'a =
        match options.Budget with
        | Some budget -> budget.Grant work
        | None -> work ()

    /// At most a twentieth of a core is spent on policies of newer checkpoints.
    let policies = RunPolicies(grant, (if options.Budget.IsSome then 20.0 else 0.0))

    let changes = RunChanges grant

    let mutable streams = 0

    let sendEvents (context: HttpContext) stopping =
        let ids = context.Request.Query["runs"].ToString()

        let selected =
            ids.Split(',', StringSplitOptions.RemoveEmptyEntries)
            |> Seq.distinct
            |> Seq.truncate EventStream.mostSelected
            |> Seq.toList

        task {
            if Interlocked.Increment &streams > mostStreams then
                Interlocked.Decrement &streams |> ignore
                context.Response.StatusCode <- StatusCodes.Status503ServiceUnavailable
            else
                try
                    try
                        do! EventStream.send store wait selected context stopping
                    with :? OperationCanceledException ->
                        ()
                finally
                    Interlocked.Decrement &streams |> ignore
        }
        :> Task

    let sendVideo (context: HttpContext) (run: RunFollower) : Task =
        match RunVideos.newest run.Folder with
        | None -> PageAnswer.status context StatusCodes.Status404NotFound
        | Some(name, _) ->
            try
                let file = run.Folder.OpenFile(name, RunVideos.largest)

                Results.Stream(file, RunVideos.kind name, enableRangeProcessing = true).ExecuteAsync
                    context
            with :? MtrlException ->
                PageAnswer.status context StatusCodes.Status404NotFound

    let sendChanged (context: HttpContext) (run: RunFollower) : Task =
        task {
            let! keys = changes.Of run.Folder
            context.Response.ContentType <- "application/json"
            do! context.Response.WriteAsync(PageJson.changed keys)
        }

    /// The page in which the policy of a run acts, or why there is none, which its frame shows.
    let sendPolicy path (context: HttpContext) (run: RunFollower) : Task =
        try
            PlayServer.answer (policies.Files(run.Folder, path)) context path
        with e when (e :? MtrlException || e :? IOException || e :? UnauthorizedAccessException) ->
            PageAnswer.explain context StatusCodes.Status409Conflict e.Message

    let ofRun id (context: HttpContext) answer : Task =
        match store.Follow id with
        | None -> PageAnswer.status context StatusCodes.Status404NotFound
        | Some run -> answer context run

    let isOfPolicy (path: string) =
        path.StartsWith("play/", StringComparison.Ordinal)

    let content (context: HttpContext) (path: string) stopping =
        match Map.tryFind path PageFiles.byPath, path.Split '/' with
        | Some file, _ -> PageAnswer.file context file
        | None, [| "events" |] -> sendEvents context stopping
        | None, [| "video"; id |] -> ofRun id context sendVideo
        | None, [| "changed"; id |] -> ofRun id context sendChanged
        | None, parts when isOfPolicy path && parts.Length > 2 ->
            ofRun parts[1] context (sendPolicy (String.concat "/" parts[2..]))
        | _ -> PageAnswer.status context StatusCodes.Status404NotFound

    let answer (context: HttpContext) path stopping : Task =
        task {
            if not (isOfPolicy path) then
                do! wait context.RequestAborted

            do! content context path stopping
        }

    let server =
        new PageServer(
            {
                Address = options.Address
                Port = options.Port
                Policy =
                    fun path ->
                        if isOfPolicy path then
                            PlayServer.policy "'self'"
                        else
                            { Scripts = "'self'"; Ancestors = "'none'" }
            },
            answer
        )

    /// The address of the page, with its token.
    member _.Page = server.Page

    interface IDisposable with
        member _.Dispose() = (server :> IDisposable).Dispose()
