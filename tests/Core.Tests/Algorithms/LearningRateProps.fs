namespace MtrlFunctional.Tests.Algorithms

open NUnit.Framework
open FsCheck
open FsCheck.NUnit
open MtrlFunctional.Algorithms

[<TestFixture>]
module ``a learning rate that falls`` =
    let private settings final start = {
        OnPolicyDefaults.settings with
            FinalRate = final
            DecayStart = start
    }

    let private rate progress settings =
        (MinibatchTraining.ruleAt progress settings).Rate

    let private whole = OnPolicyDefaults.settings.Adam.Rate

    /// In [0, 1).
    let private share (NonNegativeInt n) = float (n % 1000) / 1000.0

    [<Property>]
    let ``is the whole until it begins to`` start at =
        let start, at = share start, share at
        rate (start * at) (settings 0.0 start) = whole

    [<Property>]
    let ``reaches its end with the run, in a line`` start final at =
        let start, final, at = share start, share final, share at
        let settings = settings final start
        let along = start + at * (1.0 - start)
        Assert.That(rate 1.0 settings, Is.EqualTo(whole * final).Within 1e-12)
        let expected = whole * (1.0 - at * (1.0 - final))
        Assert.That(rate along settings, Is.EqualTo(expected).Within 1e-12)

    [<Property>]
    let ``falls from the beginning by default, bit by bit as the line through both ends`` final at =
        let final, at = share final, share at
        rate at (settings final 0.0) = whole * (1.0 + at * (final - 1.0))
