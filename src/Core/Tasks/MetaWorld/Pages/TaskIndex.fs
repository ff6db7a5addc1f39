/// The page docs/tasks/README.md: the tasks by kind, the benchmarks, and the names used in
/// formulas.
module MtrlFunctional.Tasks.TaskIndex

open System
open MtrlFunctional.Tasks.MetaWorld
open MtrlFunctional.Tasks.TaskPage

let private kinds = [
    Kind.Reaching, "Reaching", "The bare hand comes to a point."
    Kind.Pushing, "Pushing", "A thing is moved, and stays on the table."
    Kind.Carrying, "Carrying", "A thing is gripped, lifted and put elsewhere."
    Kind.Fitting, "Fitting", "Two things are put together or taken apart."
    Kind.Pressing, "Pressing", "A button or handle goes down."
    Kind.Opening, "Opening and closing", "Doors, drawers, windows and locks."
    Kind.Swinging, "Swinging and turning", "Levers, handles and knobs."
    Kind.Tools, "Tools", "A thing is moved with another thing."
]

let private section (kind, title: string, meaning: string) = [
    $"## {title}"
    ""
    meaning
    ""
    "| task | | benchmarks | scripted expert |"
    "|---|---|---|---:|"
    for task in Benchmarks.tasks |> List.filter (fun task -> task.Description.Kind = kind) do
        // MT50 and MT1 contain all tasks.
        let benchmarks = memberships task |> List.filter ((<>) "MT50")

        row [
            $"[{task.Name}]({task.Name}.md)"
            task.Description.Objective
            String.concat ", " benchmarks
            $"{task.Description.Scripted} of 20"
        ]
    ""
]

let private opening = [
    "# The fifty tasks"
    ""
    "A robot arm (Sawyer) with a two-finger gripper stands at a table. An action is four numbers in [-1, 1]: a step of the"
    "hand, 1 cm a unit, and the effort that closes the gripper. There are 80 actions a second and 500 in an episode. The tasks and"
    "their rewards are Meta-World's (Yu et al. 2019, arXiv:1910.10897). The tasks of DeepMind Control have"
    "[an index of their own](dmcontrol.md)."
    ""
    "Each page gives success, observation and rewards of a task. The pages are made by"
    "`mtrl list tasks --pages docs/tasks`, from the task values that also run; a test evaluates every formula on random worlds"
    "and compares it with the task. The pictures are of the scripted experts at work (`scripts/task-pictures.sh`)."
    ""
    "The column on the right counts the goals, of the first 20 of seed 42, with which the scripted expert succeeds at some step;"
    "`mtrl verify tests/golden/metaworld/scripted_success_all.json` repeats it in some minutes."
    ""
]

let private names =
    let name (name: string, meaning: string) = row [ name; meaning ]

    [
        "## Names"
        ""
        "Formulas are Python's expressions over numbers, truth values (1 and 0) and tuples of numbers, which are added, subtracted"
        "and multiplied number by number. Places are (x, y, z): to the right of the robot, away from it, up; in metres."
        ""
        "| name | means |"
        "|---|---|"
        yield!
            [
                "`hand`, `opening`, `puck` …",
                "what the observation holds; objects have names of their own"
                "`turned`", "the observed orientation of the first object, four numbers"
                "`tcp`", "tool centre point: the middle between the finger tips"
                "`leftFinger`", "the left finger tip"
                "`leftPad`, `rightPad`", "the surfaces that grip"
                "`grasped`", "both pads press on the object"
                "`effort`", "the fourth number of the action, as given"
                "`hand0`, `tcp0`",
                "where the hand starts; the tool centre point when it has settled there"
                "`random`",
                "the randomisation vector of the episode: one of the benchmark's goals, or drawn"
                "`start`, `target`", "reference position of the object at the start; goal position"
                "`accepted`", "0: the vector is drawn again"
                "`success`, `reward`", "1 if the step is a success, else 0; reward of the step"
                "`body('x')`, `site('x')`, `geom('x')`",
                "the place of an element of the scene; `frame` is a body too"
                "`joint('x')`", "the coordinate of a joint, radians or metres"
                "`settled(…)`, `placed(…)`",
                "the same when the hand had settled, and after the edits that begin an episode"
                "`first(…)`", "the same at the first step"
                "`norm(v)`, `distance(a, b)`",
                "length; `distanceXY` is seen from above, `distanceXZ` from the front"
                "`clip(x, low, high)`", "x, at least `low` and at most `high`"
                "`single(x)`", "x in single precision"
            ]
            |> List.map name
        ""
    ]

let private notation title (functions: Notation list) = [
    $"### {title}"
    ""
    for f in functions do
        $"`{f.Signature}`: {f.Description}"
        ""
        yield! formulas f.Lines
        ""
]

let private benchmarks = [
    "## Benchmarks"
    ""
    "| name | training | test |"
    "|---|---|---|"
    "| MT1, ML1 | any one task, 50 goals | ML1: 50 other goals |"
    for benchmark in Benchmarks.benchmarks do
        let list names =
            if names = Benchmarks.order then
                "all"
            else
                names |> List.map TaskName.plain |> String.concat ", "

        row [ benchmark.Name; list benchmark.Train; list benchmark.Test ]
    ""
]

/// The page.
let page =
    String.Join(
        "\n",
        [
            yield! opening
            yield! kinds |> List.collect section
            yield! benchmarks
            yield! names
            yield! notation "Tolerances" Notation.tolerances
            yield! notation "Grips" Notation.grips
            yield! notation "Version 1" Notation.version1
        ]
    )

/// All pages of Meta-World's tasks: file names and contents.
let files = [
    "README.md", page
    for task in Benchmarks.tasks do
        $"{task.Name}.md", TaskPage.page task
]
