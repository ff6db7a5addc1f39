module MtrlFunctional.Tests.Experiments.VariantWordTests

open Expecto
open Expecto.Flip
open MtrlFunctional.Experiments
open MtrlFunctional.Networks
open MtrlFunctional.Tasks.DmControl
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Experiments.Resolving

let ``words of variants`` = [
    let original = [
        "setup=hipbmdp"
        "env=dmcontrol-finger-spin-distribution-v0"
        "agent=state_sac"
        "env.builder.make_kwargs.from_pixels=False"
    ]

    testCase "the original's word trains from states and evaluates in three modes" (fun () ->
        let e = resolve original

        e.Environment.Tasks
        |> equals [ for i in [ 4; 5; 8; 9 ] -> $"finger-spin-size-{i}" ]

        [
            for mode in Experiment.evaluationModes e -> mode.Name, List.map fst mode.Variants
        ]
        |> equals [ "base", [ 3; 4; 7; 8 ]; "interpolation", [ 5; 6 ]; "extrapolation", [ 2; 9 ] ]

        let names = (List.last (Experiment.evaluationModes e)).Variants |> List.map snd
        names |> equals [ "finger-spin-size-3"; "finger-spin-size-10" ]
        (Experiment.evaluatedTasks e).Length |> equals 8
        e.Environment.Horizon |> equals 500
        observed e |> equals (Some 9)
        e.Agent.Encoder.Kind |> equals EncoderKind.Identity
        (Experiment.caveat e).Value |> contains "identical dynamics")

    testCase "an agent for states needs the word for states" (fun () ->
        let found = mistakes (List.take 3 original) |> String.concat "\n"
        found |> contains "agent = state_sac: must be one with convolutions"
        found |> contains "env.builder.make_kwargs.from_pixels=False")

    testCase "each family has a word whose variants exist" (fun () ->
        let words = [
            for env in EnvChoice.all do
                if env.Name.Contains "-vary-" then
                    env.Name
        ]

        words.Length |> equals Variations.all.Length
        isTrue (List.contains "dmc-walker-walk-vary-len" words)

        for word in words do
            let e = resolve [ $"env={word}"; "agent=state_sac" ]
            let all = e.Environment.Tasks @ e.Environment.TestTasks
            all |> List.forall (DmControlTasks.find >> _.IsOk) |> Expect.isTrue word
            (Experiment.caveat e).IsSome |> Expect.equal word (word.Contains "finger"))

    testCase "other tasks of a domain are chosen by the original's keys" (fun () ->
        let e =
            Words.split
                "env=dmc-walker-walk-vary-friction env.builder.task_name=run env.train=[0]
                 env.eval.interpolation=[] env.eval.extrapolation=[9]"
            |> resolve

        e.Environment.Tasks |> equals [ "walker-run-friction-1" ]

        e.Environment.TestTasks
        |> equals [ "walker-run-friction-1"; "walker-run-friction-10" ]

        (Experiment.evaluationModes e).Length |> equals 2)

    refuses "wrong sets are refused" [ "env=dmc-finger-spin-vary-size"; "agent=state_sac" ] [
        "env.train=[3,10]", "a whole number from 0 to 9"
        "env.eval.extrapolation=[-1]", "a whole number from 0 to 9"
        "env.train=[3,3]", "env.train = [3, 3]: must be without repetition"
        "env.train=[]", "env.train = []: must be a list of at least one variant"
        "env.builder.domain_name=walkr", "Nearest: walker"
        "env.builder.task_name=run", "must be one of spin, turn_easy, turn_hard"
        "env.builder.prefix=len", "env.builder.prefix = len: must be one of size"
        "env.tasks=[finger-spin]", "the variants of env.train"
        "agent.multitask.num_envs=7", "must be 4, the number of tasks"
        "env.builder.make_kwargs.sticky_observation_cfg.sticky_probability=1.1", "must be in [0, 1]"
        "env.builder.make_kwargs.sticky_observation_cfg.last_k=0", "a whole number from 1 to 1,000"
    ]

    refusesOnce "a repeated variant is one message" [ "env=dmc-finger-spin-vary-size" ] [
        for agent in [ "state_sac"; "state_deepmdp" ] ->
            $"agent={agent} env.train=[3,3]", "env.train = [3, 3]: must be without repetition"
    ]

    let walker = [
        "setup=hipbmdp"
        "env=dmc-walker-walk-vary-len"
        "agent.encoder.type_to_select=feedforward"
    ]

    refusesOnce "an ensemble of transition models is refused" walker [
        for agent in [ "deepmdp"; "hipbmdp" ] ->
            $"agent={agent} agent.transition_model.transition_cfg.type=ensemble",
            "agent.transition_model.transition_cfg.type = ensemble: must be deterministic or probabilistic. mtrl names an ensemble and has none."
    ]

    testCase "a contrastive loss of fewer than two variants is refused" (fun () ->
        let found words =
            mistakes (walker @ "env.train=[3]" :: words)

        found [ "agent=hipbmdp" ]
        |> List.exactlyOne
        |> contains "must be false with fewer than two tasks of training"

        found [ "agent=hipbmdp"; "agent.multitask.contrastive.should_use=False" ]
        |> isEmpty

        found [ "agent=deepmdp" ] |> isEmpty)

    testCase "HiP-BMDP without task encodings is warned of" (fun () ->
        let warnings words =
            warnings ([ "env=dmc-walker-walk-vary-len"; "agent=hipbmdp" ] @ words)
            |> String.concat "\n"

        let without = "agent.multitask.should_use_task_encoder=False"
        warnings [] |> lacks "contrastive"
        warnings [ without ] |> contains "there is no contrastive loss"

        warnings [ without; "agent.multitask.contrastive.should_use=False" ]
        |> lacks "contrastive loss")

    testCase "variants of training among the unseen ones are a warning" (fun () ->
        let warnings words =
            warnings ([ "env=dmc-walker-walk-vary-len"; "agent=state_sac" ] @ words)

        warnings [] |> isEmpty

        let found = warnings [ "env.train=[3,5,9]" ] |> String.concat "\n"
        found |> contains "env.eval.interpolation"
        found |> contains "has variants of env.train, [5]"
        found |> contains "has variants of env.train, [9]"
        found |> lacks "env.eval.base")

    refuses "variants are refused where there can be none" [] [
        "env=dmc-finger-spin-vary-size agent=state_sac env.eval.base=[] env.eval.interpolation=[] env.eval.extrapolation=[]",
        "a variant in at least one mode"
        "env=dmc-finger-spin agent=state_sac env.train=[1]", "env=dmc-finger-spin has no use for it"
        "env=mt-cartpole agent=state_sac env.eval.base=[1]", "env=mt-cartpole has no use for it"
        "env=metaworld-mt10 agent=state_sac env.builder.make_kwargs.sticky_observation_cfg.should_use=True",
        "env=metaworld-mt10 has no use for it"
        "env=dmc-walker-walk-vary-len agent=mtppo agent.multitask.should_use_multi_head_policy=True",
        "where other tasks are tested"
        "env=dmc-walker-walk-vary-len agent=state_sac agent.multitask.model=separate",
        "where other tasks are tested"
    ]

    // The original's Distral needs them.
    testCase "Meta-World accepts sets of variants without effect" (fun () ->
        let words = [ "env=metaworld-mt10"; "agent=distral" ]
        mistakes (words @ [ "env.train=[0,1,2]"; "env.eval.base=[1]" ]) |> isEmpty)

    let added = {
        Additions.none with
            Networks = [
                TaskModel.OfTasks(
                    "gates",
                    fun sizes -> PerTask.layer (Spec.layers 0 0 sizes.Outputs)
                )
            ]
    }

    testTheory "networks with parts for tasks have one for each variant" [
        "agent.multitask.should_use_task_encoder=True", 10
        "agent.multitask.should_use_multi_head_policy=True", 10
        "agent.multitask.model=paco", 10
        "agent.multitask.model=own/gates", 10
        "agent.multitask.should_use_disentangled_alpha=True", 4
    ]
    <| fun (word, count) ->
        let e, _ = Experiment.resolveWith added (original @ [ word ]) |> ok
        NetworkTasks.count e |> equals count

        let trained = if count = 10 then [ 3; 4; 7; 8 ] else [ 0; 1; 2; 3 ]
        NetworkTasks.trained e |> equals trained

    testCase
        "Distral's agents are refused in variants without training, its distilled policy is not"
        (fun () ->
            let told words =
                mistakes ([ "env=dmc-walker-walk-vary-len"; "agent=state_distral" ] @ words)
                |> String.concat "\n"

            told [ "behaviour.evaluate_distral_agents=True" ]
            |> startsWith
                "behaviour.evaluate_distral_agents = true: must be false where other tasks are tested"

            // The distilled policy is evaluated unless the words say otherwise.
            told [] |> isEmpty

            told [ "behaviour.evaluate_distral_agents=False"; "agent.multitask.num_envs=10" ]
            |> contains "4 with Distral")
]
