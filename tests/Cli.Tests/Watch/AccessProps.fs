namespace MtrlFunctional.Cli.Tests

open System.Net
open NUnit.Framework
open FsCheck
open FsCheck.NUnit
open MtrlFunctional.Cli.Watch

[<TestFixture>]
module ``access to the live page`` =
    let private token = "0123456789abcdef0123456789abcdef"

    let private decide verb host path =
        Access.decide IPAddress.Loopback 4000 token verb host path

    [<Property>]
    let ``is refused without the token`` (NonEmptyString path) =
        decide "GET" ("127.0.0.1", Some 4000) path = Access.WrongToken

    [<Property>]
    let ``is refused with any other token`` (NonNegativeInt place) (letter: char) =
        let at = place % token.Length
        let other = token.Remove(at, 1).Insert(at, string letter)

        letter = token[at]
        || decide "GET" ("127.0.0.1", Some 4000) $"/{other}/" = Access.WrongToken

    [<TestCase("/0123456789abcdef0123456789abcdef/events", "events")>]
    [<TestCase("/0123456789abcdef0123456789abcdef/", "")>]
    let ``is granted with it`` (path: string) (rest: string) =
        Assert.That(decide "GET" ("localhost", Some 4000) path, Is.EqualTo(Access.Answer rest))

    [<TestCase "POST">]
    [<TestCase "PUT">]
    [<TestCase "HEAD">]
    [<TestCase "OPTIONS">]
    [<TestCase "get">]
    let ``is by GET only`` (verb: string) =
        Assert.That(
            decide verb ("127.0.0.1", Some 4000) $"/{token}/",
            Is.EqualTo Access.WrongMethod
        )

    [<TestCase("evil.example", 4000)>]
    [<TestCase("127.0.0.1.evil.example", 4000)>]
    [<TestCase("127.0.0.1", 4001)>]
    [<TestCase("10.0.0.7", 4000)>]
    [<TestCase("", 4000)>]
    let ``is refused under the name of another site`` (host: string) (port: int) =
        Assert.That(decide "GET" (host, Some port) $"/{token}/", Is.EqualTo Access.WrongHost)

    [<Test>]
    let ``on a named address, its own names are accepted, too`` () =
        Assert.That(Access.isHost IPAddress.Any "10.0.0.7")
        Assert.That(Access.isHost IPAddress.Any System.Environment.MachineName)
        Assert.That(Access.isHost IPAddress.Any "evil.example", Is.False)

    [<Test>]
    let ``tokens are random and long`` () =
        let tokens = [ for _ in 1..100 -> Access.newToken () ]
        Assert.That(List.distinct tokens, Has.Length.EqualTo 100)
        Assert.That(tokens |> List.forall (fun t -> t.Length = 32))
