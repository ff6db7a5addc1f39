namespace MtrlFunctional.Cli.Pages

open System
open System.Net
open System.Net.Sockets
open System.Text
open System.Threading
open System.Threading.Tasks
open Microsoft.AspNetCore.Builder
open Microsoft.AspNetCore.Hosting
open Microsoft.AspNetCore.Http
open Microsoft.AspNetCore.Server.Kestrel.Core
open Microsoft.Extensions.Hosting
open Microsoft.Extensions.Logging
open Microsoft.Extensions.Primitives
open MtrlFunctional

/// What the browser allows a page.
type PagePolicy = {
    /// Sources of its scripts: 'self', its own files.
    Scripts: string
    /// Pages that may frame it: 'none', or 'self', the pages of its server.
    Ancestors: string
}

/// Where a page is served, and what it may do.
type PageOptions = {
    /// Loopback, unless another address was named.
    Address: IPAddress
    /// 0: any free one.
    Port: int
    /// By the path of the page.
    Policy: string -> PagePolicy
}

module PageAnswer =
    /// A status alone.
    let status (context: HttpContext) (status: int) : Task =
        context.Response.StatusCode <- status
        Task.CompletedTask

    let file (context: HttpContext) (content: byte[], kind: string) : Task =
        context.Response.ContentType <- kind
        context.Response.ContentLength <- Nullable(int64 content.Length)
        context.Response.Body.WriteAsync(content, 0, content.Length)

    /// A refusal with a sentence for people.
    let explain (context: HttpContext) (status: int) (why: string) : Task =
        context.Response.StatusCode <- status
        context.Response.Headers.XContentTypeOptions <- "nosniff"
        file context (Encoding.UTF8.GetBytes why, "text/plain; charset=utf-8")

/// A page on this machine: answers GET requests with the right token only. `answer` writes what a path after the
/// token has, until the page is closed or the server stops. Dispose ends all connections.
type PageServer(options: PageOptions, answer: HttpContext -> string -> CancellationToken -> Task) =
    /// Each page holds one connection for events, and up to five for files.
    let mostConnections = 256

    let token = Access.newToken ()
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

    let policy path =
        let allowed = options.Policy path

        StringValues(
            $"default-src 'none'; script-src {allowed.Scripts}; style-src 'self'; img-src 'self' data:; "
            + "media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
            + $"frame-src 'self'; frame-ancestors {allowed.Ancestors}"
        )

    /// Headers that keep the page to itself: no other origin, frame of one, or network.
    let guard (response: HttpResponse) path =
        let headers = response.Headers
        headers.CacheControl <- "no-store"
        headers.XContentTypeOptions <- "nosniff"
        headers["Referrer-Policy"] <- "no-referrer"
        headers["Cross-Origin-Resource-Policy"] <- "same-origin"

        headers.ContentSecurityPolicy <- policy path

    let answerGuarded (context: HttpContext) path : Task =
        task {
            guard context.Response path

            use ending =
                CancellationTokenSource.CreateLinkedTokenSource(
                    context.RequestAborted,
                    app.Lifetime.ApplicationStopping
                )

            do! answer context path ending.Token
        }

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
                (string request.Path.Value)
        with
        | Access.Answer path -> answerGuarded context path
        | Access.WithoutSlash ->
            context.Response.Headers.Location <- $"/{token}/"
            PageAnswer.status context StatusCodes.Status308PermanentRedirect
        | Access.WrongMethod ->
            context.Response.Headers.Allow <- "GET"
            PageAnswer.status context StatusCodes.Status405MethodNotAllowed
        | Access.WrongHost ->
            PageAnswer.explain
                context
                StatusCodes.Status421MisdirectedRequest
                $"Open the page under the name and port that the program printed; through a tunnel with the same port: ssh -L {port}:localhost:{port} HOST.\n"
        | Access.WrongToken ->
            PageAnswer.explain context StatusCodes.Status404NotFound Access.withoutToken

    do
        app.Run(RequestDelegate handle)

        try
            app.StartAsync().GetAwaiter().GetResult()
        with
        | :? SocketException as e when e.SocketErrorCode = SocketError.AddressNotAvailable ->
            refuse $"--address {options.Address}: is no address of this machine."
        | e when (e :? IO.IOException || e :? SocketException) ->
            refuse
                $"--port {options.Port}: cannot listen on {options.Address} ({e.Message.TrimEnd '.'}). Without --port a free one is chosen."

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

    interface IDisposable with
        member _.Dispose() =
            use limit = new CancellationTokenSource(TimeSpan.FromSeconds 1.0)
            app.StopAsync(limit.Token).GetAwaiter().GetResult()
            (app :> IDisposable).Dispose()
