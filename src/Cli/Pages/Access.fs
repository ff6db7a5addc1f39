/// Decides which requests are answered: GET with the token in the address, sent to a host name under which
/// this server listens.
///
/// A page of another site can make a browser send requests to loopback, and by rebinding a name of its own
/// can read the answers (https://capec.mitre.org/data/definitions/275.html); its requests carry the site's
/// name as `Host`, and lack the token.
module MtrlFunctional.Cli.Pages.Access

open System
open System.Net
open System.Security.Cryptography
open System.Text

type Decision =
    /// The path after the token, such as "events".
    | Answer of path: string
    /// The address without its last slash, below which the page looks for its files.
    | WithoutSlash
    | WrongMethod
    | WrongHost
    | WrongToken

/// What somebody reads who comes without the token, such as with the address of a program that was started again.
let withoutToken =
    "Nothing is here: open the whole address that the program printed in its terminal when it started.\n"

/// A new token: 128 random bits.
let newToken () =
    Convert.ToHexStringLower(RandomNumberGenerator.GetBytes 16)

/// Compares in a time that depends on the length only.
let private isToken (token: string) (given: string) =
    CryptographicOperations.FixedTimeEquals(
        Encoding.UTF8.GetBytes token,
        Encoding.UTF8.GetBytes given
    )

/// Whether a request's `Host` without port names this server: loopback by any of its names; where the server
/// listens on another address, also any address in numbers, and the name of the machine. Names of other
/// sites are refused.
let isHost (listening: IPAddress) (host: string) =
    let bare = host.Trim('[', ']')

    match IPAddress.TryParse bare with
    | true, NonNull address -> IPAddress.IsLoopback address || not (IPAddress.IsLoopback listening)
    | _ ->
        let isName name =
            String.Equals(bare, name, StringComparison.OrdinalIgnoreCase)

        isName "localhost"
        || not (IPAddress.IsLoopback listening) && isName Environment.MachineName

/// The decision about a request: its method, the host and port that it names, and its path "/TOKEN/PATH".
let decide
    (listening: IPAddress)
    (port: int)
    (token: string)
    (verb: string)
    (host: string, hostPort: int option)
    (path: string)
    =
    let isHere =
        isHost listening host && (hostPort = Some port || hostPort.IsNone && port = 80)

    let first, rest =
        match path.TrimStart('/').Split('/', 2) with
        | [| first; rest |] -> first, Some rest
        | parts -> parts[0], None

    if verb <> "GET" then
        WrongMethod
    elif not isHere then
        WrongHost
    else
        match isToken token first, rest with
        | true, Some rest -> Answer rest
        | true, None -> WithoutSlash
        | false, _ -> WrongToken
