namespace MtrlFunctional.Tests.Text

open NUnit.Framework
open FsCheck
open FsCheck.NUnit
open MtrlFunctional

[<TestFixture>]
module ``nearest names`` =
    [<Property>]
    let ``a word is at no distance from itself`` (word: NonEmptyString) =
        Nearest.distance word.Get word.Get = 0

    [<Property>]
    let ``the distance is the same both ways`` (a: NonEmptyString) (b: NonEmptyString) =
        Nearest.distance a.Get b.Get = Nearest.distance b.Get a.Get

    [<Property>]
    let ``the distance is at most the longer length`` (a: NonEmptyString) (b: NonEmptyString) =
        Nearest.distance a.Get b.Get <= max a.Get.Length b.Get.Length

    [<TestCase("mutlitask", "multitask", 1)>]
    [<TestCase("discont", "discount", 1)>]
    [<TestCase("Seed", "seed", 0)>]
    [<TestCase("", "abc", 3)>]
    let ``each edit counts once`` (given: string) (meant: string) edits =
        Assert.That(Nearest.distance given meant, Is.EqualTo(edits: int))

    [<Test>]
    let ``the nearest name comes first, and far ones are left out`` () =
        let candidates = [ "reach-v3"; "reach-wall-v3"; "push-v3"; "window-open-v3" ]

        Assert.That(
            Nearest.names 3 candidates "raech-v3",
            Is.EqualTo<string>([ "reach-v3" ]: string seq)
        )

        Assert.That(
            Nearest.names 3 candidates "reach",
            Is.EqualTo<string>([ "reach-v3"; "reach-wall-v3" ]: string seq)
        )

        Assert.That(Nearest.names 3 candidates "quixotic", Is.Empty)

    [<Test>]
    let ``a hint is empty where no name is near`` () =
        Assert.That(Nearest.hint [ "seed" ] "sede", Is.EqualTo " Nearest: seed.")
        Assert.That(Nearest.hint [ "seed" ] "quixotic", Is.EqualTo "")
