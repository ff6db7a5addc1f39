namespace Mtrl.Cli.Tests

open NUnit.Framework

[<TestFixture>]
module ``the program`` =
    [<Test>]
    let ``starts`` () =
        Assert.That(Mtrl.Cli.Program.main [||], Is.EqualTo 0)
