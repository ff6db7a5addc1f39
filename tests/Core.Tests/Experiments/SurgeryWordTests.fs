namespace MtrlFunctional.Tests.Experiments

open NUnit.Framework
open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments
open MtrlFunctional.Randomness
open MtrlFunctional.Spaces
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors

/// What words make of `agent.surgery.*`.
[<TestFixture>]
module ``words of surgery`` =
    let private resolve words =
        match Experiment.resolve ("env=metaworld-mt10" :: words) with
        | Ok(experiment, _) -> experiment
        | Error mistakes -> failwith $"{mistakes}"

    let private agent words =
        (SacSetup.ofExperiment Precision.Full None 39 (ActionSpace.Box 4) (resolve words)).Surgery

    let private methods = Methods.all |> List.map _.Name

    let private answers = MtrlFunctional.Tests.Surgery.Examples.answers

    /// Whether both have the same choices.
    let private areAlike x y = answers x = answers y

    [<Test>]
    let ``choose nothing unless they are given`` () =
        Assert.That((agent [ "agent=state_sac" ]).IsNone)
        Assert.That((agent [ "agent=pcgrad_state_sac"; "agent.surgery.method=none" ]).IsNone)

    /// Every method with its usual choices, but for GradNorm's α, which is mtrl's.
    [<Test>]
    let ``choose the method that has their name`` ([<ValueSource(nameof methods)>] word: string) =
        let expected =
            if word = "gradnorm" then
                GradNorm.surgery { GradNorm.standard with Alpha = 1.0 }
            else
                List.find (fst >> (=) word) Methods.usual |> snd

        let found = agent [ $"agent.surgery.method={word}" ] |> Option.get
        Assert.That(areAlike found.OfCritic expected)
        Assert.That(areAlike found.OfActor (Surgery.ofSignedLosses expected))
        Assert.That((not found.OwnToo && found.OfTemperature.IsNone))

    /// So that the two tests above and below cannot pass by chance.
    [<Test>]
    let ``are alike only where their choices are`` () =
        let names = List.map (snd >> answers) Methods.usual
        Assert.That(List.distinct names, Has.Length.EqualTo names.Length)
        Assert.That(areAlike (PcGrad.surgery PcGrad.mtrl) (PcGrad.surgery PcGrad.paper), Is.False)
        let slow = GradNorm.surgery { GradNorm.mtrl with Alpha = 0.5 }
        Assert.That(areAlike (GradNorm.surgery GradNorm.mtrl) slow, Is.False)

    /// An actor's losses may be negative. Weighed by FAMO one of two equal tasks would have all the weight.
    [<Test>]
    let ``weigh no losses of actors`` ([<Values("famo", "dwa", "uncertainty")>] word: string) =
        let found = agent [ $"agent.surgery.method={word}" ] |> Option.get
        Assert.That(areAlike found.OfActor (Surgery.Plain Reduction.Mean))
        Assert.That(areAlike found.OfCritic found.OfActor, Is.False)

        let famo = Famo.surgery Famo.standard
        let state = famo.Start 2
        let losses, present = [| -1.0; 2.0 |], [| true; true |]

        let weigh surgery =
            (Surgery.weigh surgery losses present (Key.ofSeed 1L) state).Coefficients

        Assert.That((weigh famo)[0], Is.GreaterThan 0.999)
        Assert.That(weigh (Surgery.ofSignedLosses famo), Is.EqualTo(box [| 0.5; 0.5 |]))

    [<Test>]
    let ``need a value function whose losses they can weigh`` () =
        let mistakes value =
            Resolving.mistakes [
                "env=metaworld-mt10"
                "agent=mtppo"
                "agent.surgery.method=famo"
                $"agent.on_policy.value_function={value}"
            ]

        Assert.That(mistakes "squared", Is.Empty)

        for value in [ "gaussian"; "linear" ] do
            Assert.That(mistakes value |> String.concat " ", Does.Contain "not negative")

    [<Test>]
    let ``of mtrl's agents choose its methods`` () =
        let pcGrad = agent [ "agent=pcgrad_state_sac"; "fidelity=original" ] |> Option.get
        Assert.That(areAlike pcGrad.OfCritic (PcGrad.surgery PcGrad.mtrl))
        Assert.That(areAlike pcGrad.OfTemperature.Value (PcGrad.surgery PcGrad.mtrl))
        Assert.That pcGrad.OwnToo

        let gradNorm =
            agent [ "agent=gradnorm_state_sac"; "fidelity=original"; "agent.gradnorm.alpha=0.5" ]
            |> Option.get

        Assert.That(areAlike gradNorm.OfActor (GradNorm.surgery { GradNorm.mtrl with Alpha = 0.5 }))
        Assert.That gradNorm.OfTemperature.IsNone

    [<Test>]
    let ``set what a method chooses`` () =
        let gated =
            agent [
                "agent.surgery.method=cosine_gate"
                "agent.surgery.cosine_gate.main_tasks=[drawer-close,push]"
                "agent.surgery.cosine_gate.weighted=False"
            ]
            |> Option.get

        Assert.That(
            areAlike gated.OfCritic (CosineGate.surgery { Main = [ 5; 1 ]; Weighted = false })
        )

        let bounded =
            agent [ "agent.surgery.method=nash_mtl"; "agent.surgery.nash_mtl.max_length=null" ]
            |> Option.get

        Assert.That(
            areAlike bounded.OfCritic (NashMtl.surgery { NashMtl.standard with MaxLength = None })
        )

    [<Test>]
    let ``serve on-policy agents, too`` ([<Values("mtppo", "mttrpo")>] agent: string) =
        let surgery words =
            (OnPolicySetup.ofExperiment
                Precision.Full
                None
                39
                (ActionSpace.Box 4)
                (resolve ($"agent={agent}" :: words)))
                .Surgery

        let chosen =
            surgery [ "agent.surgery.method=cagrad"; "agent.surgery.cagrad.radius=0.25" ]
            |> Option.get

        let expected = CaGrad.surgery { CaGrad.standard with Radius = 0.25 }
        Assert.That((areAlike chosen.OfPolicy expected && areAlike chosen.OfValue expected))
        Assert.That(chosen.OwnToo, Is.False)
        Assert.That((surgery []).IsNone)

    [<Test>]
    let ``are refused where tasks take turns in one group`` () =
        match
            Experiment.resolve [
                "env=metaworld-mt10"
                "agent=mtppo"
                "agent.surgery.method=pcgrad"
                "behaviour.equal_episodes_per_task=False"
            ]
        with
        | Ok _ -> Assert.Fail()
        | Error mistakes ->
            Assert.That(string mistakes.Head, Does.Contain "behaviour.equal_episodes_per_task")

    [<Test>]
    let ``are refused where nothing listens`` () =
        match
            Experiment.resolve [
                "env=metaworld-mt10"
                "agent=distral"
                "agent.surgery.method=pcgrad"
            ]
        with
        | Ok _ -> Assert.Fail()
        | Error mistakes ->
            Assert.That(
                string mistakes.Head,
                Is.EqualTo "agent.surgery.method: agent=distral has no use for it."
            )
