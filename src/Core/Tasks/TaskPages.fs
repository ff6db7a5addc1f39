/// All pages of docs/tasks.
module MtrlFunctional.Tasks.TaskPages

open MtrlFunctional.Tasks.DmControl

/// File names and contents.
let files = TaskIndex.files @ DmControlPages.files
