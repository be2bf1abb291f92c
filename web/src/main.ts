// Starts the application in the page.

import 'element-plus/dist/index.css'
import './shared/style/theme.css'

import { startApplication } from './app/bootstrap'

startApplication('#app')
