module MtrlFunctional.Cli.Tests.Watch.AccessProps

open Expecto
open System.Net
open FsCheck
open MtrlFunctional.Cli.Pages

let ``access to the live page`` = [
    let token = "0123456789abcdef0123456789abcdef"

    let decide verb host path =
        Access.decide IPAddress.Loopback 4000 token verb host path

    testLaw 100 [] "is refused without the token" (fun (NonEmptyString path) ->
        decide "GET" ("127.0.0.1", Some 4000) path = Access.WrongToken)

    testLaw 100 [] "is refused with any other token" (fun (NonNegativeInt place) (letter: char) ->
        let at = place % token.Length
        let other = token.Remove(at, 1).Insert(at, string letter)

        letter = token[at]
        || decide "GET" ("127.0.0.1", Some 4000) $"/{other}/" = Access.WrongToken)

    testTheory "is granted with it" [
        "/0123456789abcdef0123456789abcdef/events", "events"
        "/0123456789abcdef0123456789abcdef/", ""
    ]
    <| fun (path, rest) -> decide "GET" ("localhost", Some 4000) path |> equals (Access.Answer rest)

    testCase "is granted below the address with its last slash" (fun () ->
        decide "GET" ("localhost", Some 4000) $"/{token}" |> equals Access.WithoutSlash)

    testTheory "is by GET only" [ "POST"; "PUT"; "HEAD"; "OPTIONS"; "get" ]
    <| fun verb -> decide verb ("127.0.0.1", Some 4000) $"/{token}/" |> equals Access.WrongMethod

    testTheory "is refused under the name of another site" [
        "evil.example", 4000
        "127.0.0.1.evil.example", 4000
        "127.0.0.1", 4001
        "10.0.0.7", 4000
        "", 4000
    ]
    <| fun (host, port) -> decide "GET" (host, Some port) $"/{token}/" |> equals Access.WrongHost

    testCase "on a named address, its own names are accepted, too" (fun () ->
        for name in [ "10.0.0.7"; System.Environment.MachineName ] do
            Access.isHost IPAddress.Any name |> isTrue

        Access.isHost IPAddress.Any "evil.example" |> isFalse)

    testCase "tokens are random and long" (fun () ->
        let tokens = [ for _ in 1..100 -> Access.newToken () ]
        tokens |> isDistinct
        tokens |> List.map _.Length |> areAll 32)
]
