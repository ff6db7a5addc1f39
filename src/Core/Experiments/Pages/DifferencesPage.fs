/// The page docs/reference/differences.md: what `fidelity` means, from the switches themselves.
module MtrlFunctional.Experiments.DifferencesPage

open System

let private print fidelity (key: Key) =
    ValueText.print (key.Default { Choices.standard with Fidelity = fidelity })

let private switch (key: Key, d: Difference) = [
    $"### `{key.Path}`"
    ""
    $"- original (`{print Fidelity.Original key}`): {d.Original}"
    $"- corrected (`{print Fidelity.Corrected key}`): {d.Corrected}"
    $"- why: {d.Reason}"
    ""
]

/// As `switch`, for a form of a paper that has to be asked for.
let private form (key: Key, d: Difference) = [
    $"### `{key.Path}`"
    ""
    $"- both behaviours (`{print Fidelity.Corrected key}`): {d.Original}"
    $"- the paper (`true`): {d.Corrected}"
    $"- why: {d.Reason}"
    ""
]

let private isForm key =
    print Fidelity.Original key = print Fidelity.Corrected key

let private differences =
    Table.keys Table.standard
    |> List.choose (fun key -> key.Difference |> Option.map (fun d -> key, d))

let private forms = differences |> List.filter (fst >> isForm)

let private switches = differences |> List.filter (fst >> isForm >> not)

/// Other keys whose default follows fidelity.
let private defaults =
    Table.keys Table.standard
    |> List.filter _.Difference.IsNone
    |> List.map (fun key -> key, print Fidelity.Original key, print Fidelity.Corrected key)
    |> List.filter (fun (_, original, corrected) -> original <> corrected)
    |> List.map (fun (key, original, corrected) ->
        $"| `{key.Path}` | `{original}` | `{corrected}` | {key.Meaning} |")

let private opening = [
    "# Differences from the original programs"
    ""
    "The original programs (mtrl and its PTSL fork) have defects that change what an experiment means."
    "So there are two named behaviours: `fidelity=original` does what they do as coded, which the golden"
    "files verify; `fidelity=corrected`, the default, mends the defects listed under *Switches*. Both run the"
    "same code but for the switches below. The configuration of a run records which one it had, and results"
    "of the two do not belong in one table."
    ""
    "Each switch is a key, so one difference can be studied by itself: `behaviour.trainable_ptsl_init=false`"
    "starts PTSL as the original does and leaves all else corrected."
    ""
    "This page is made by `mtrl config --differences`; a test keeps it up to date."
    ""
    "## Switches"
    ""
]

let private papers = [
    "## Forms of the papers"
    ""
    "`corrected` is not the papers in everything: where a network of the original is another one than its"
    "paper's, but does what its code means to do, both behaviours have the original's. Switches give the"
    "paper's form of two of them:"
    ""
]

let private others = [
    "These have no switch:"
    ""
    "- PTSL's start: the paper does not describe initial values. The original's zeros are a saddle;"
    "  `behaviour.trainable_ptsl_init` is our own way out of it."
    "- Soft modularization: the paper routes between several layers of modules; the original, and both"
    "  behaviours, have two layers with one mixing between them."
    "- PaCo, MOORE and hypernetworks are not in the original programs. The heads of their source files"
    "  number each departure from their papers."
    "- Rewards: the original programs and the PTSL paper ran Meta-World's first rewards, normalised."
    "  `fidelity=original` does; `fidelity=corrected` has rewards v2 as they are, a benchmark of its own."
    ""
]

let private always = [
    "## Both behaviours"
    ""
    "These departures have no switch, because the original's way is of no use to anybody:"
    ""
    "- A command without `setup.seed` and `setup.num_seeds` trains one seed. Originally it trains ten."
    "- Each seed of `setup.num_seeds` has a folder of its own. Originally all seeds share one, and the"
    "  second seed resumes from the first one's last checkpoint."
    "- A resumed run continues with its temperatures, its replay, its environments and its random draws;"
    "  it equals the uninterrupted one bit by bit. Originally temperatures start again."
    "- Tasks are those of Meta-World's v3 scenes with 39 numbers of observation, under the v2 reward or,"
    "  with `env.reward_version=v1`, the first one. The original pins a version of 2020 with 12 numbers."
    "- Names of tasks may end in `-v1`, `-v2`, `-v3` or nothing; they mean the same task."
    "- An unstable physics step ends its episode and is not stored."
    "- `env.builder.make_kwargs.should_perform_reward_normalization` has no effect, as in the original;"
    "  `env.reward_normalization` decides."
    "- Numbers outside what a key allows are refused before anything starts."
]

let private mtenv = [
    ""
    "## MTEnv"
    ""
    "| original | here |"
    "|---|---|"
    "| a task state is not checked | a wrong length or value is refused, and the task stays |"
    "| a step after the end continues the episode | `Reset` comes first |"
    "| the maze draws a new task at each reset, by a seed of its constructor | `Reset` keeps the task; `SeedTask` seeds the tasks |"
    "| a new task seed keeps the tasks of `NTasks` | it draws them anew |"
    "| index −1 selects the last task | it is refused |"
    "| the variants of models are observed as images unless `from_pixels` is false | through MTEnv's interface from states only, in training from both; the finger variants have identical dynamics |"
    "| sticky observations cannot be constructed | they do what is documented; an observation of an earlier episode is never shown |"
    "| the starts of a variant's episodes are drawn by one fixed seed | by the seed of the run or of `Seed` |"
    "| an environment that `MultiEnvWrapper` makes later has no seed | all have the seed of `Seed` |"
    "| `EnvToMTEnv` cannot draw or observe a task until a subclass does | uniform tasks, observed as they are, until a subclass overrides it |"
    "| a task set through `EnvToMTEnv` changes a running episode | the task of the next episode |"
    "| the declared spaces of acrobot's task and of the maze's observation differ from the values | spaces describe the values |"
    ""
    "## mtrl's experiments on variants"
    ""
    "| original | here |"
    "|---|---|"
    "| a variant in two modes of evaluation is evaluated twice | once; it counts in both |"
    "| an evaluation has records `eval_base`, `eval_interpolation`, `eval_extrapolation` | and `eval`, of all evaluated variants |"
    "| `env.num_envs` is 10 | the number of variants in `env.train` |"
    "| the return of an evaluation lacks the reward of the last step | it has it |"
]

let private metaWorldPlus = [
    ""
    "## MT-PPO of Meta-World+"
    ""
    "`preset=metaworld-plus/mtppo-mt10` has the numbers of metaworld-algorithms (`examples/multi_task/ppo_mt10.py`, commit"
    "30c9991). These differences remain:"
    ""
    "| there | here |"
    "|---|---|"
    "| σ is an output of the policy's network | parameters of their own |"
    "| beyond its bounds log σ has gradient 0 | it is moved to the bound (`behaviour.project_std=false`: as there) |"
    "| the features of values are fitted to the returns of the iteration itself | to those of the iteration before, as in garage |"
    "| a minibatch is drawn from the rows of all tasks: 3,125 | it has as many rows of each task: 3,130, the last of a pass fewer |"
    "| JAX's random numbers | ours |"
]

let markdown =
    let lines = [
        yield! opening
        yield! switches |> List.collect switch
        yield! papers
        yield! forms |> List.collect form
        yield! others
        "## Other defaults that follow"
        ""
        "| key | original | corrected | meaning |"
        "|---|---|---|---|"
        yield! defaults
        ""
        yield! always
        yield! mtenv
        yield! metaWorldPlus
    ]

    String.Join("\n", lines) + "\n"
