namespace MtrlFunctional.Tests.Text

open NUnit.Framework
open MtrlFunctional

[<TestFixture>]
module ``a path as people write it`` =
    let private variables =
        Map [ "HOME", "/home/ada"; "SCRATCH", "/scratch"; "EMPTY", "" ]

    let private expand path =
        UserPath.expand (fun name -> Map.tryFind name variables) path

    [<TestCase("~", "/home/ada")>]
    [<TestCase("~/runs", "/home/ada/runs")>]
    [<TestCase("$HOME/runs", "/home/ada/runs")>]
    [<TestCase("${HOME}/runs", "/home/ada/runs")>]
    [<TestCase("~/$EMPTY/a", "/home/ada//a")>]
    [<TestCase("$SCRATCH/a/$SCRATCH", "/scratch/a//scratch")>]
    [<TestCase("runs/a~b", "runs/a~b")>]
    [<TestCase("runs/~", "runs/~")>]
    [<TestCase("policy:mt10", "policy:mt10")>]
    [<TestCase("", "")>]
    let ``has its home folder and its variables filled in`` (path: string, expected: string) =
        Assert.That(expand path, Is.EqualTo(Some expected))

    [<TestCase "~bob/runs">]
    [<TestCase "$NONE/runs">]
    [<TestCase "a$">]
    [<TestCase "a/${NONE}">]
    [<TestCase "${HOME/runs">]
    let ``is refused where something is not known`` (path: string) =
        Assert.That(expand path, Is.EqualTo None)
