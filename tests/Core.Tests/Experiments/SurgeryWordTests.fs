module MtrlFunctional.Tests.Experiments.SurgeryWordTests

open Expecto
open MtrlFunctional.Algorithms
open MtrlFunctional.Randomness
open MtrlFunctional.Spaces
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open MtrlFunctional.Tests

/// What words make of `agent.surgery.*`.
let ``words of surgery`` = [
    let agent words =
        (Resolving.sac ("env=metaworld-mt10" :: words)).Surgery

    let methods = Methods.all |> List.map _.Name

    let answers = MtrlFunctional.Tests.Surgery.Examples.answers

    // Whether both have the same choices.
    let areAlike x y = answers x = answers y

    testCase "choose nothing unless they are given" (fun () ->
        (agent [ "agent=state_sac" ]).IsNone |> isTrue

        (agent [ "agent=pcgrad_state_sac"; "agent.surgery.method=none" ]).IsNone
        |> isTrue)

    // Every method with its usual choices, but for GradNorm's α, which is mtrl's.
    testTheory "choose the method that has their name" methods (fun word ->
        let expected =
            if word = "gradnorm" then
                GradNorm.surgery { GradNorm.standard with Alpha = 1.0 }
            else
                List.find (fst >> (=) word) Methods.usual |> snd

        let found = agent [ $"agent.surgery.method={word}" ] |> Option.get
        isTrue (areAlike found.OfCritic expected)
        isTrue (areAlike found.OfActor (Surgery.ofSignedLosses expected))
        isTrue (not found.OwnToo && found.OfTemperature.IsNone))

    // So that the two tests above and below cannot pass by chance.
    testCase "are alike only where their choices are" (fun () ->
        let names = List.map (snd >> answers) Methods.usual
        List.distinct names |> hasLength names.Length
        isFalse (areAlike (PcGrad.surgery PcGrad.mtrl) (PcGrad.surgery PcGrad.paper))
        let slow = GradNorm.surgery { GradNorm.mtrl with Alpha = 0.5 }
        isFalse (areAlike (GradNorm.surgery GradNorm.mtrl) slow))

    // An actor's losses may be negative. Weighed by FAMO one of two equal tasks would have all the weight.
    testTheory "weigh no losses of actors" [ "famo"; "dwa"; "uncertainty" ] (fun word ->
        let found = agent [ $"agent.surgery.method={word}" ] |> Option.get
        isTrue (areAlike found.OfActor (Surgery.Plain Reduction.Mean))
        isFalse (areAlike found.OfCritic found.OfActor)

        let famo = Famo.surgery Famo.standard
        let state = famo.Start 2
        let losses, present = [| -1.0; 2.0 |], [| true; true |]

        let weigh surgery =
            (Surgery.weigh surgery losses present (Key.ofSeed 1L) state).Coefficients

        (weigh famo)[0] |> isAbove 0.999
        weigh (Surgery.ofSignedLosses famo) |> equals [| 0.5; 0.5 |])

    testCase "need a value function whose losses they can weigh" (fun () ->
        let mistakes value =
            $"env=metaworld-mt10 agent=mtppo agent.surgery.method=famo agent.on_policy.value_function={value}"
            |> Words.split
            |> Resolving.mistakes

        mistakes "squared" |> isEmpty

        for value in [ "gaussian"; "linear" ] do
            mistakes value |> String.concat " " |> contains "not negative")

    testCase "of mtrl's agents choose its methods" (fun () ->
        let pcGrad = agent [ "agent=pcgrad_state_sac"; "fidelity=original" ] |> Option.get
        isTrue (areAlike pcGrad.OfCritic (PcGrad.surgery PcGrad.mtrl))
        isTrue (areAlike pcGrad.OfTemperature.Value (PcGrad.surgery PcGrad.mtrl))
        isTrue pcGrad.OwnToo

        let gradNorm =
            agent [ "agent=gradnorm_state_sac"; "fidelity=original"; "agent.gradnorm.alpha=0.5" ]
            |> Option.get

        isTrue (areAlike gradNorm.OfActor (GradNorm.surgery { GradNorm.mtrl with Alpha = 0.5 }))
        isTrue gradNorm.OfTemperature.IsNone)

    testCase "set what a method chooses" (fun () ->
        let gated =
            agent [
                "agent.surgery.method=cosine_gate"
                "agent.surgery.cosine_gate.main_tasks=[drawer-close,push]"
                "agent.surgery.cosine_gate.weighted=False"
            ]
            |> Option.get

        isTrue (areAlike gated.OfCritic (CosineGate.surgery { Main = [ 5; 1 ]; Weighted = false }))

        let bounded =
            agent [ "agent.surgery.method=nash_mtl"; "agent.surgery.nash_mtl.max_length=null" ]
            |> Option.get

        isTrue (
            areAlike bounded.OfCritic (NashMtl.surgery { NashMtl.standard with MaxLength = None })
        ))

    testTheory "serve on-policy agents, too" [ "mtppo"; "mttrpo" ] (fun agent ->
        let surgery words =
            (Resolving.onPolicy ("env=metaworld-mt10" :: $"agent={agent}" :: words)).Surgery

        let chosen =
            surgery [ "agent.surgery.method=cagrad"; "agent.surgery.cagrad.radius=0.25" ]
            |> Option.get

        let expected = CaGrad.surgery { CaGrad.standard with Radius = 0.25 }
        isTrue (areAlike chosen.OfPolicy expected && areAlike chosen.OfValue expected)
        isFalse chosen.OwnToo
        (surgery []).IsNone |> isTrue)

    Resolving.refuses "are refused where tasks take turns, or nothing listens" [
        "env=metaworld-mt10"
    ] [
        "agent=mtppo agent.surgery.method=pcgrad behaviour.equal_episodes_per_task=False",
        "behaviour.equal_episodes_per_task"
        "agent=distral agent.surgery.method=pcgrad",
        "agent.surgery.method: agent=distral has no use for it."
    ]
]
