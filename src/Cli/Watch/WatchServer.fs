namespace MtrlFunctional.Cli.Watch

open System
open System.Net
open System.Net.Sockets
open System.Threading
open System.Threading.Tasks
open Microsoft.AspNetCore.Builder
open Microsoft.AspNetCore.Hosting
open Microsoft.AspNetCore.Http
open Microsoft.AspNetCore.Http.HttpResults
open Microsoft.AspNetCore.Server.Kestrel.Core
open Microsoft.Extensions.Hosting
open Microsoft.Extensions.Logging
open Microsoft.Extensions.Primitives
open MtrlFunctional
open MtrlFunctional.Storage
open MtrlFunctional.Cli.Results

/// Where the server listens.
type WatchOptions = {
    /// Loopback, unless another address was named.
    Address: IPAddress
    /// 0: any free one.
    Port: int
    /// What answers and looks at files may cost; none: no limit.
    Budget: ProcessorBudget option
}

/// The live page of the runs below a folder: answers GET requests with the right token only, and reads
/// nothing but the files of runs, which it never writes. Dispose ends all connections.
type WatchServer(root: string, options: WatchOptions) =
    /// Each page holds one connection for events, and up to five for files.
    let mostConnections = 256

    let mostStreams = 64

    /// Points of a curve: more than a page has pixels.
    let capacity = 400

    let token = Access.newToken ()
    let store = RunStore(root, capacity)

    let wait stopping : Task =
        match options.Budget with
        | Some budget -> budget.Wait stopping
        | None -> Task.CompletedTask

    let mutable streams = 0
    let mutable port = options.Port

    let limit (kestrel: KestrelServerOptions) =
        kestrel.AddServerHeader <- false
        kestrel.Limits.MaxConcurrentConnections <- Nullable(int64 mostConnections)
        kestrel.Limits.MaxRequestHeadersTotalSize <- 16 * 1024
        kestrel.Limits.MaxRequestLineSize <- 4 * 1024
        kestrel.Limits.MaxRequestBodySize <- Nullable 0L
        kestrel.Limits.RequestHeadersTimeout <- TimeSpan.FromSeconds 10.0
        kestrel.Limits.KeepAliveTimeout <- TimeSpan.FromSeconds 30.0
        kestrel.Limits.MaxResponseBufferSize <- Nullable 65_536L

        kestrel.Listen(
            options.Address,
            options.Port,
            (fun one -> one.Protocols <- HttpProtocols.Http1)
        )

    let app =
        let builder = WebApplication.CreateEmptyBuilder(WebApplicationOptions())
        builder.WebHost.UseKestrelCore().ConfigureKestrel(limit) |> ignore
        builder.Logging.ClearProviders() |> ignore
        builder.Build()

    let policy =
        StringValues(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
            + "media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )

    let refuse (context: HttpContext) status =
        context.Response.StatusCode <- status
        Task.CompletedTask

    /// Headers that keep the page to itself: no other origin, frame or network.
    let guard (response: HttpResponse) =
        let headers = response.Headers
        headers.CacheControl <- "no-store"
        headers.XContentTypeOptions <- "nosniff"
        headers["Referrer-Policy"] <- "no-referrer"
        headers["Cross-Origin-Resource-Policy"] <- "same-origin"

        headers.ContentSecurityPolicy <- policy

    let sendFile (context: HttpContext) (content: byte[], kind: string) : Task =
        context.Response.ContentType <- kind
        context.Response.ContentLength <- Nullable(int64 content.Length)
        context.Response.Body.WriteAsync(content, 0, content.Length)

    let sendEvents (context: HttpContext) =
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
                use stopping =
                    CancellationTokenSource.CreateLinkedTokenSource(
                        context.RequestAborted,
                        app.Lifetime.ApplicationStopping
                    )

                try
                    try
                        do! EventStream.send store wait selected context stopping.Token
                    with :? OperationCanceledException ->
                        ()
                finally
                    Interlocked.Decrement &streams |> ignore
        }
        :> Task

    let sendVideo (context: HttpContext) id : Task =
        match
            store.Follow id
            |> Option.bind (fun run ->
                RunVideos.newest run.Folder |> Option.map (fun video -> run, fst video))
        with
        | None -> refuse context StatusCodes.Status404NotFound
        | Some(run, name) ->
            try
                let file = run.Folder.OpenFile(name, RunVideos.largest)

                Results.Stream(file, RunVideos.kind name, enableRangeProcessing = true).ExecuteAsync
                    context
            with :? MtrlException ->
                refuse context StatusCodes.Status404NotFound

    let content (context: HttpContext) (path: string) =
        match Map.tryFind path PageFiles.byPath, path.Split '/' with
        | Some file, _ -> sendFile context file
        | None, [| "events" |] -> sendEvents context
        | None, [| "video"; id |] -> sendVideo context id
        | _ -> refuse context StatusCodes.Status404NotFound

    let answer (context: HttpContext) (path: string) =
        task {
            do! wait context.RequestAborted
            guard context.Response
            do! content context path
        }
        :> Task

    let handle (context: HttpContext) =
        let request = context.Request
        let host = request.Host

        match
            Access.decide
                options.Address
                port
                token
                request.Method
                (host.Host, Option.ofNullable host.Port)
                (string request.Path)
        with
        | Access.Answer path -> answer context path
        | Access.WrongMethod ->
            context.Response.Headers.Allow <- "GET"
            refuse context StatusCodes.Status405MethodNotAllowed
        | Access.WrongHost -> refuse context StatusCodes.Status421MisdirectedRequest
        | Access.WrongToken -> refuse context StatusCodes.Status404NotFound

    do
        app.Run(RequestDelegate handle)

        try
            app.StartAsync().GetAwaiter().GetResult()
        with e when (e :? IO.IOException || e :? Net.Sockets.SocketException) ->
            raise (
                MtrlException
                    $"--port {options.Port}: cannot listen on {options.Address} ({e.Message.TrimEnd '.'}). Without --port a free one is chosen; --address must be one of this machine."
            )

        port <- Uri(Seq.head app.Urls).Port

    /// The address of the page, with its token.
    member _.Page =
        let host =
            match options.Address with
            | all when all.Equals IPAddress.Any || all.Equals IPAddress.IPv6Any ->
                Environment.MachineName
            | one when one.AddressFamily = AddressFamily.InterNetworkV6 -> $"[{one}]"
            | one -> string one

        $"http://{host}:{port}/{token}/"

    /// Port on which it listens.
    member _.Port = port

    interface IDisposable with
        member _.Dispose() =
            use limit = new CancellationTokenSource(TimeSpan.FromSeconds 1.0)
            app.StopAsync(limit.Token).GetAwaiter().GetResult()
            (app :> IDisposable).Dispose()
