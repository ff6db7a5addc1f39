namespace MtrlFunctional.Tests.Text

open NUnit.Framework
open MtrlFunctional

[<TestFixture>]
module ``a command in a message`` =
    let private resume run = Shell.command [ "mtrl"; "resume"; run ]

    [<TestCase("runs/mt10/seed-1", "'mtrl resume runs/mt10/seed-1'")>]
    [<TestCase("runs/my run/seed-1", "mtrl resume 'runs/my run/seed-1'")>]
    [<TestCase("it's", "mtrl resume 'it'\\''s'")>]
    let ``has one pair of quotation marks around what is copied`` (run: string, written: string) =
        Assert.That(resume run, Is.EqualTo written)
